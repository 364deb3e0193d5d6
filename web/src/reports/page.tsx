import "./reports.css";
import { useCallback, useEffect, useRef, useState } from "react";
import { useLocation, useSearch } from "wouter";
import { api } from "../api/client";
import type { Report } from "../api/types";
import { Button } from "../ui/button";
import { Dialog } from "../ui/dialog";
import { Empty } from "../ui/empty";
import { Icon } from "../ui/icon";
import { useWords } from "../words/words";
import { Charts } from "./charts";
import { Choosers } from "./choosers";
import { dayFormat } from "./names";
import { queryOf, searchOf, type Wish, wishOf } from "./wish";
import { type ReportWords, reportWords } from "./words";

type Fault = "refused" | "failed" | "signedOut";

/** What the server counts. While it counts anew, and where it cannot, what was counted before stays. */
function useReport(wish: Wish) {
  const [report, setReport] = useState<{ of: Wish; value: Report } | null>(null);
  const [isCounting, setCounting] = useState(true);
  const [fault, setFault] = useState<Fault | null>(null);
  const turn = useRef(0);
  const key = searchOf(wish);
  const ask = useCallback(async () => {
    turn.current += 1;
    const mine = turn.current;
    const of = wishOf(key);
    setCounting(true);
    const outcome = await api.report(queryOf(of));
    // Something else was asked for meanwhile.
    if (mine !== turn.current) return;
    setCounting(false);
    setFault(null);
    if (outcome.kind === "done") setReport({ of, value: outcome.value });
    else if (outcome.kind === "refused") setFault("refused");
    else setFault(outcome.kind === "signed_out" ? "signedOut" : "failed");
  }, [key]);
  useEffect(() => void ask(), [ask]);
  return { report, isCounting, fault, ask };
}

/** How much there was to do, how soon it was done, and what waits: over the inbox, which goes on behind. */
export default function ReportsPage({ onClose }: { onClose: () => void }) {
  const { language } = useWords();
  const it = reportWords[language];
  const wish = wishOf(useSearch());
  const [, navigate] = useLocation();
  const { report, isCounting, fault, ask } = useReport(wish);
  const choose = (change: Partial<Wish>) =>
    navigate(`/reports?${searchOf({ ...wish, ...change })}`, { replace: true });
  return (
    <Dialog label={it.title} onClose={onClose}>
      <div className="reports h-full">
        <div className="h-full overflow-y-auto" data-reports>
          <div className="mx-auto max-w-5xl px-4 pt-3 pb-16 pair:px-8 triple:pt-5">
            <Button className="-ml-2" onClick={onClose}>
              <Icon name="back" />
              {it.back}
            </Button>
            <h1 className="mt-2 mb-4 text-xl font-semibold tracking-tight">{it.title}</h1>
            <Choosers wish={wish} it={it} onChoose={choose} />
            <div
              aria-live="polite"
              className="min-h-6 pt-2 text-sm text-ink-faint"
              data-counting={isCounting}
            >
              {isCounting ? it.loading : report && <Said report={report.value} it={it} />}
            </div>
            {fault && (
              <div
                role="alert"
                className="mt-3 flex flex-wrap items-center gap-3 rounded-lg bg-danger-soft px-3.5 py-2.5 text-sm text-danger"
              >
                <span className="flex-1">{it[fault]}</span>
                {fault === "failed" && (
                  <Button look="line" onClick={() => void ask()}>
                    {it.retry}
                  </Button>
                )}
              </div>
            )}
            {report &&
              (isEmpty(report.value) ? (
                <Empty icon="list" title={it.empty} more={it.emptyMore} />
              ) : (
                <Charts report={report.value} wish={report.of} it={it} onOnly={(only) => choose({ only })} />
              ))}
          </div>
        </div>
      </div>
    </Dialog>
  );
}

function Said({ report, it }: { report: Report; it: ReportWords }) {
  const { format } = useWords();
  const day = dayFormat(format.locale, true);
  return it.days(day(report.from), day(report.until), report.time_zone);
}

function isEmpty({ total, backlog }: Report): boolean {
  const { opened, reopened, received, sent, first_answer, resolution, satisfaction } = total;
  const counts = [opened, reopened, received, sent, first_answer.count, resolution.count, satisfaction.asked];
  return [...counts, ...Object.values(backlog)].every((count) => count === 0);
}
