import type { Asked, Message } from "../../api/types";
import { isPicture } from "../../media/sizes";

/** The choice of who was asked for something and would rather not: `Request::DECLINED` of the protocol. */
export const DECLINED = "declined";

/** Whether a message is the answer of who would rather not. */
export const isRefusal = (message: Message, request: string): boolean =>
  message.parts.some(
    (part) => part.type === "choice" && part.option_id === DECLINED && part.message_id === request,
  );

const holds = (message: Message, what: Asked): boolean =>
  message.parts.some((part) =>
    what === "place"
      ? part.type === "location" || part.type === "live_location"
      : part.type === "attachment" && isPicture(part),
  );

/** The first message of the user that answers a request, with what was asked for or with "rather not". */
export function answerTo(
  messages: readonly Message[],
  { id, seq }: Message,
  what: Asked,
): Message | undefined {
  return messages.find(
    (message) =>
      message.seq > seq &&
      message.author.kind === "user" &&
      !message.deleted_at &&
      (isRefusal(message, id) || (message.quote === id && holds(message, what))),
  );
}
