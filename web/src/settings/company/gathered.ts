/** An answer whose body comes piece by piece, as one piece; `onBytes` hears how much has come. */
export async function gathered<E>(
  { data, error, response }: { data?: unknown; error?: E; response: Response },
  onBytes: (bytes: number) => void,
): Promise<{ data?: Blob; error?: E; response: Response }> {
  if (!(data instanceof ReadableStream)) return { ...(error !== undefined && { error }), response };
  const pieces: BlobPart[] = [];
  let bytes = 0;
  const reader = data.getReader();
  for (let next = await reader.read(); !next.done; next = await reader.read()) {
    pieces.push(next.value);
    bytes += next.value.byteLength;
    onBytes(bytes);
  }
  return { data: new Blob(pieces, { type: "application/json" }), response };
}
