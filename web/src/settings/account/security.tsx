import { useState } from "react";
import { may } from "../../api/roles";
import { useInbox } from "../../inbox/context";
import { SignOn } from "../company/signon";
import { Connection } from "./connection";
import { SecondFactor } from "./factor";
import { Passkeys } from "./passkeys";
import { Password } from "./password";
import { Sessions } from "./sessions";

/** How the agent proves who they are, and where they are signed in. */
export default function Security() {
  const { role } = useInbox().me;
  const [turn, setTurn] = useState(0);
  const [factors, setFactors] = useState(0);
  return (
    <>
      <Connection key={`connection ${factors}`} />
      <Passkeys onChanged={() => setFactors(factors + 1)} />
      <SecondFactor key={`factors ${factors}`} />
      <Password onChanged={() => setTurn(turn + 1)} />
      <Sessions key={turn} />
      {may(role, "own") && <SignOn />}
    </>
  );
}
