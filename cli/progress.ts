/** Progress on stderr, only in a terminal, only for what takes over a second. */
import { SingleBar } from 'cli-progress';

const PATIENCE_MS = 1000;

export interface Progress {
  update(done: number, total: number): void;
  stop(): void;
}

/** A bar that appears after a second; silent where stderr is no terminal. */
export function startProgress(what: string, unit: string): Progress {
  if (!process.stderr.isTTY) return { update: () => undefined, stop: () => undefined };
  const startedMs = Date.now();
  const bar = new SingleBar({
    format: `${what} {bar} {value}/{total} ${unit}, {eta_formatted} left`,
    stream: process.stderr,
    clearOnComplete: true,
    hideCursor: true,
  });
  let shown = false;
  return {
    update: (done, total) => {
      if (!shown && Date.now() - startedMs < PATIENCE_MS) return;
      if (!shown) bar.start(total, done);
      shown = true;
      bar.setTotal(total);
      bar.update(done);
    },
    stop: () => {
      if (shown) bar.stop();
    },
  };
}
