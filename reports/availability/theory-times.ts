/** The times of a cluster that its availability in closed form depends on. */

/** Mean times of one broker's crash and return, in microseconds; derived in docs/theory.md. */
export interface TheoryTimes {
  /** From a crash until the ISR is rid of the broker, or its successor leads. */
  readonly detectUs: number;
  /** From the start of the process until the broker may lead and serves. */
  readonly leadUs: number;
  /** From the start of the process until the broker is back in the ISR. */
  readonly joinUs: number;
}
