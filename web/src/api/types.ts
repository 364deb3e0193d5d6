// The protocol's types under the names that the inbox uses; generated shapes are named here and nowhere else.
import type { components, paths } from "./schema";

type Schemas = components["schemas"];

export type Agent = Schemas["Agent"];
export type Colleague = Schemas["Colleague"];
export type Team = Schemas["Team"];
export type View = Schemas["View"];
export type ViewCounts = Schemas["ViewCounts"];
export type Bootstrap = Schemas["InboxBootstrap"];
export type ConversationPage = Schemas["InboxConversationList"];
export type Conversation = Schemas["InboxConversation"];
export type ConversationState = Schemas["ConversationState"];
export type Priority = Schemas["Priority"];
export type SavedReply = Schemas["SavedReply"];
export type PutSavedReply = Schemas["PutSavedReply"];
export type SavedText = Schemas["SavedText"];
export type SavedView = Schemas["SavedView"];
export type PutSavedView = Schemas["PutSavedView"];
export type Filter = Schemas["Filter"];
export type MergedThread = Schemas["MergedThread"];
export type TeamTag = Schemas["TeamTag"];
export type Receipts = Schemas["Receipts"];
export type UserSummary = Schemas["UserSummary"];
export type Message = Schemas["Message"];
export type LocationPart = Extract<Schemas["KnownPart"], { type: "location" }>;
export type MapTiles = Schemas["MapTiles"];
export type LivePart = Extract<Schemas["KnownPart"], { type: "live_location" }>;
export type Attachment = Schemas["Attachment"];
export type Upload = Schemas["Upload"];
export type FileForms = Schemas["AttachmentAddresses"];
export type FileForm = Schemas["VariantAddress"];
export type Author = Schemas["Author"];
export type Part = Schemas["KnownPart"];
/** What a user can be asked for. */
export type Asked = Schemas["RequestFor"];
export type Note = Schemas["Note"];
export type Mention = Schemas["Mention"];
export type Mentioned = Schemas["Mentioned"];
export type Thread = Schemas["Thread"];
/** The server tells all of it. */
export type AgentNotifications = Required<Schemas["AgentNotifications"]>;
export type PushSubscriptionBody = Schemas["PushSubscription"];
export type Means = Schemas["Means"];
export type Report = Schemas["Report"];
export type Figures = Schemas["Figures"];
export type Backlog = Schemas["Backlog"];
export type ReportStep = Schemas["ReportStep"];
export type ReportSplit = Schemas["ReportSplit"];
export type ReportTable = Schemas["ReportTable"];
export type ReportQuery = NonNullable<paths["/inbox/v1/reports"]["get"]["parameters"]["query"]>;
export type UserCard = Schemas["UserCard"];
export type Expected = Schemas["Expected"];
export type Context = Schemas["Context"];
export type TrailEntry = Schemas["TrailEntry"];
export type FieldValue = Schemas["FieldValue"];
export type CompanyCard = Schemas["CompanyCard"];
export type CompanyCards = Schemas["CompanyCards"];
export type UserDevice = Schemas["UserDevice"];
export type PushDiagnosis = Schemas["PushDiagnosis"];
export type Answering = Schemas["Answering"];
export type Ledger = Schemas["Ledger"];
export type LedgerPush = Schemas["LedgerPush"];
export type Change = Schemas["Change"];
export type ChangeKind = Schemas["ChangeKind"];
export type ChangePage = Schemas["ChangePage_InboxConversation"];
export type Catchup = Schemas["Catchup_InboxConversation"];
export type HeldReply = Schemas["HeldReply"];
export type ServerDraft = Schemas["Draft"];
export type HoldReply = Schemas["HoldReply"];
export type ReleaseReply = Schemas["ReleaseReply"];
export type HoldUntil = Schemas["HoldUntil"];
export type SearchAmong = Schemas["SearchAmong"];
/** What is asked of the server when somebody looks for something. */
export interface SearchQuery {
  q: string;
  in: SearchIn;
  is?: SearchAmong;
  tag?: string;
  from?: string;
  assignee_id?: string;
  since?: string;
  until?: string;
  before?: string;
  limit: number;
}
export type SearchIn = Schemas["SearchIn"];
export type ShownPasskey = Schemas["ShownPasskey"];
export type SearchPage = Schemas["InboxSearch"];
export type Hit = Schemas["InboxHit"];
export type SnippetPiece = Schemas["SnippetPiece"];
export type ReconnectWindow = Schemas["ReconnectWindow"];
export type Assign = Schemas["Assign"];
export type ClientFrame = Schemas["InboxFrame"];
export type ServerFrame = Schemas["InboxServerFrame"];
export type Problem = Schemas["Problem"];

export const VIEWS = [
  "mine",
  "unassigned",
  "all",
  "mentions",
  "snoozed",
  "closed",
  "approvals",
] as const satisfies readonly View[];

/** Every change kind that this version knows; a test holds it against the fixtures of the laws. */
export const CHANGE_KINDS = [
  "conversation_opened",
  "conversation_closed",
  "conversation_reopened",
  "conversation_assigned",
  "conversation_snoozed",
  "conversation_woken",
  "conversation_prioritised",
  "conversation_tagged",
  "conversation_merged",
  "conversation_unmerged",
  "merges_changed",
  "reply_held",
  "message_added",
  "message_edited",
  "message_deleted",
  "receipt_moved",
  "note_added",
  "mention_read",
  "user_changed",
  "conversation_erased",
] as const satisfies readonly ChangeKind[];

/** `limits.rs`: all text of one message or note together, in bytes of UTF-8. */
export const TEXT_BYTES = 16 * 1024;
/** `limits.rs`: entries of one page. */
export const PAGE = 100;
