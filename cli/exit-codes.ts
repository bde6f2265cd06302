/** How a command ends (docs: README, "Exit codes"). */
export const ExitCode = {
  held: 0,
  violation: 1,
  badInput: 2,
  livenessFailure: 3,
  labCrashed: 4,
} as const;

export type ExitCode = (typeof ExitCode)[keyof typeof ExitCode];

/** A mistake of the user's: printed as it is, without a stack trace; exit code 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** The worst of several: a violation outranks a liveness failure. */
export function exitCodeOf(
  outcomes: Iterable<{
    readonly violations: readonly unknown[];
    readonly pending: readonly unknown[];
  }>,
): ExitCode {
  let worst: ExitCode = ExitCode.held;
  for (const { violations, pending } of outcomes) {
    if (violations.length > 0) return ExitCode.violation;
    if (pending.length > 0) worst = ExitCode.livenessFailure;
  }
  return worst;
}
