import { useDebouncedValue } from "@mantine/hooks";
import { useEffect, useRef, useState } from "react";
import { useHashState } from "~/ui/hashState";
import { type Move, readMove, writeMove } from "./move";

const WAIT = 150; // milliseconds of rest before a move is asked for and kept

/** The move that is tried: at once for the controls, settled for questions; kept in the address. */
export function useMove() {
  const { state, replace } = useHashState();
  const kept = state.toString();
  const [move, setMove] = useState<Move>(() => readMove(state));
  const [settled] = useDebouncedValue(move, WAIT);
  const written = useRef(kept);
  useEffect(() => {
    const next = writeMove(settled).toString();
    const untouched =
      written.current === "" && writeMove(readMove(new URLSearchParams())).toString() === next;
    if (next === written.current || untouched) return;
    written.current = next;
    replace(new URLSearchParams(next));
  }, [settled, replace]);
  useEffect(() => {
    // Somebody else changed the address, such as a link or the way back.
    if (kept === written.current) return;
    written.current = kept;
    setMove(readMove(new URLSearchParams(kept)));
  }, [kept]);
  return { move, settled, setMove };
}
