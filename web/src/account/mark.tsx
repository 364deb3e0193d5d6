/** The product's mark: a message with a wave in it. */
export function Mark({ className = "size-9" }: { className?: string }) {
  return (
    <svg viewBox="0 0 32 32" className={`${className} shrink-0 text-accent`} aria-hidden="true">
      <rect width="32" height="32" rx="9" fill="currentColor" />
      <path
        className="fill-on-accent"
        d="M8 11.5c0-1.900 1.600-3.500 3.500-3.500h9c1.900 0 3.500 1.600 3.500 3.500v6c0 1.900-1.600 3.500-3.500 3.500h-4.700l-4.300 3.600c-.4.3-.9 0-.9-.4V21c-1.500-.4-2.600-1.800-2.600-3.500z"
      />
      <path
        d="M11.500 16.200c1.500 0 1.500-1.900 3-1.900s1.500 1.900 3 1.900 1.500-1.900 3-1.900"
        fill="none"
        stroke="currentColor"
        strokeWidth="1.7"
        strokeLinecap="round"
      />
    </svg>
  );
}
