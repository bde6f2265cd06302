/** Ctrl-C: what is finished is kept and said. */
export interface Interrupt {
  readonly happened: () => boolean;
  /** Resolves on the first Ctrl-C. */
  readonly signal: Promise<void>;
  readonly release: () => void;
}

/** A second Ctrl-C ends the process at once, as usual. */
export function watchInterrupt(): Interrupt {
  let happened = false;
  let resolve: () => void = () => undefined;
  const signal = new Promise<void>((done) => {
    resolve = done;
  });
  const onSignal = (): void => {
    happened = true;
    process.off('SIGINT', onSignal);
    process.off('SIGTERM', onSignal);
    resolve();
  };
  process.on('SIGINT', onSignal);
  process.on('SIGTERM', onSignal);
  return {
    happened: () => happened,
    signal,
    release: () => {
      process.off('SIGINT', onSignal);
      process.off('SIGTERM', onSignal);
    },
  };
}
