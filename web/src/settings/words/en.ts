import { pluralOf } from "../../words/plural";

const plural = pluralOf("en");

/** The words of the settings, fetched with them. */
export const en = {
  title: "Settings",
  back: "Back to the inbox",
  sections: "Sections of the settings",
  groups: { mine: "My account", company: "The company" },
  names: { security: "Sign-in and security" },
  loading: "Loading…",
  failed: "The server could not be reached.",
  retry: "Try again",
  cancel: "Cancel",
  close: "Close",
  copy: "Copy",
  copied: "Copied",
  done: "Done",
  refusals: {
    wrong_credentials: "The password is wrong.",
    wrong_code: "The code is wrong, or was used before. Take the next one.",
    forbidden: "Your role may not do this. Ask an administrator.",
    not_found: "It is not there any more.",
    already_exists: "There is one already.",
    id_conflict: "Somebody changed it in the meantime. Look again.",
    limit_reached: "A limit is reached.",
    invalid_body: "The server did not accept this.",
    rate_limited: "Too many attempts. Wait a moment.",
  } as Record<string, string>,
  refused: "The server did not accept this.",
  lost: "The server could not be reached. Try again.",

  prove: {
    title: "Is it you?",
    lead: "This is a step that should not happen by accident. It is a while since you signed in, so say again who you are.",
    password: "Your password",
    code: "A code of your authenticator",
    either: "Password, or a code of your authenticator",
    submit: "Go on",
  },

  factor: {
    title: "Second factor",
    lead: "Besides your password, a code of six digits that an app on your telephone shows. Who steals the password alone does not get in.",
    off: "Not set up",
    offMore:
      "Any app for codes does: the one in your telephone's password manager, Aegis, 2FAS, Google Authenticator.",
    on: "Set up",
    since: (day: string) => `Asked for since ${day}`,
    required: "Your company requires it.",
    setUp: "Set up",
    remove: "Remove",
    removeAsk: "Without it, your password alone opens the inbox. Your recovery codes stop working too.",
    scan: "Scan this with the app",
    scanMore: "Or type the key by hand:",
    picture: "QR code for the app",
    type: "Then type the code that it shows",
    codeLabel: "Code of six digits",
    confirm: "Turn on",
    codes: "Recovery codes",
    codesLeft: (count: number) =>
      plural(count, { one: "# recovery code is left.", other: "# recovery codes are left." }),
    codesFew: "Make new ones before they run out.",
    codesMore:
      "For the day when the telephone is lost. Each works once, in place of a code. Keep them where the telephone is not: they are shown only now.",
    codesNew: "New recovery codes",
    codesAsk: "The old ones stop working.",
    codesKept: "I have kept them",
    download: "Save as a file",
    fileName: "tidings-recovery-codes.txt",
  },

  password: {
    title: "Password",
    lead: "At least 8 characters. Changing it signs you out everywhere else.",
    current: "Current password",
    next: "New password",
    change: "Change password",
    changed: "Your password is changed. You are signed out everywhere else.",
    short: "At least 8 characters, and not one that everybody tries first.",
  },

  sessions: {
    title: "Where you are signed in",
    lead: "Browsers in which this account is open. End what you do not know, then change your password.",
    here: "This browser",
    unknown: "An unknown browser",
    on: (browser: string, system: string) => `${browser} on ${system}`,
    used: (when: string, where: string) => `Used ${when} from ${where}`,
    usedOnly: (when: string) => `Used ${when}`,
    begun: (day: string) => `Signed in on ${day}`,
    now: "just now",
    ago: (duration: string) => `${duration} ago`,
    end: "End",
    endOf: (name: string) => `End the session in ${name}`,
    endOthers: "End all others",
    ended: "Ended. Its pages close within seconds.",
  },

  lock: {
    title: "Set up a second factor",
    lead: "Your company requires one for the inbox. It takes a minute, and you need your telephone.",
    signOut: "Sign out",
    go: "To the inbox",
  },
};

export type SettingsWords = typeof en;
