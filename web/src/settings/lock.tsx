import "./settings.css";
import { Mark } from "../account/mark";
import { api } from "../api/client";
import { Button } from "../ui/button";
import { SetUp } from "./account/setup";
import { Deeds } from "./deeds";
import { useSettingsWords } from "./words/useSettingsWords";

/** What stands before the inbox of an agent who lacks the second factor that their company requires. */
export default function Lock({ onDone, onClose }: { onDone: () => void; onClose: () => void }) {
  const { it } = useSettingsWords();
  return (
    <main className="settings min-h-full">
      <div className="mx-auto w-full max-w-md px-5 py-10">
        <Mark />
        <h1 className="mt-6 text-2xl font-semibold tracking-tight">{it.lock.title}</h1>
        <p className="mt-1.5 mb-6 text-base text-ink-faint">{it.lock.lead}</p>
        <Deeds>
          <SetUp onDone={onDone} onClose={onClose} />
        </Deeds>
        <Button className="mt-6" onClick={() => void api.signOut().then(onClose)}>
          {it.lock.signOut}
        </Button>
      </div>
    </main>
  );
}
