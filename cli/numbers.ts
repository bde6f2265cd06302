/** Numbers on the command line. */
import { InvalidArgumentError } from 'commander';

/** A whole number of at least 0. */
export function wholeNumber(text: string): number {
  if (!/^\d+$/.test(text) || !Number.isSafeInteger(Number(text))) {
    throw new InvalidArgumentError(`"${text}" is not a whole number.`);
  }
  return Number(text);
}

/** A whole number of at least 1. */
export function positiveNumber(text: string): number {
  const value = wholeNumber(text);
  if (value === 0) throw new InvalidArgumentError('It must be at least 1.');
  return value;
}

/** A range of seeds, `1-200`, or one seed. */
export function seedRange(text: string): { readonly from: number; readonly to: number } {
  const match = /^(\d+)(?:-(\d+))?$/.exec(text);
  const from = Number(match?.[1] ?? Number.NaN);
  const to = Number(match?.[2] ?? match?.[1] ?? Number.NaN);
  if (!Number.isSafeInteger(from) || !Number.isSafeInteger(to) || to < from) {
    throw new InvalidArgumentError(`"${text}" is not a range of seeds such as 1-200.`);
  }
  if (to - from >= MOST_SEEDS)
    throw new InvalidArgumentError(`At most ${String(MOST_SEEDS)} seeds at a time.`);
  return { from, to };
}

const MOST_SEEDS = 1_000_000;

/** A share, as percent (`5%`) or plain (`0.05`), above 0 and below 1. */
export function share(text: string): number {
  const match = /^(\d+(?:\.\d+)?)\s*(%?)$/.exec(text);
  const value = Number(match?.[1] ?? Number.NaN) / (match?.[2] === '%' ? 100 : 1);
  if (!(value > 0 && value < 1))
    throw new InvalidArgumentError(`"${text}" is not a share such as 5%.`);
  return value;
}

/** A duration such as `60s`, `500ms` or `2m`, in seconds. */
export function seconds(text: string): number {
  const [, digits = '', unit = ''] = /^(\d+(?:\.\d+)?)(ms|s|m|h)$/.exec(text) ?? [];
  const value = Number(digits) * ({ ms: 0.001, s: 1, m: 60, h: 3600 }[unit] ?? 0);
  if (!(value > 0)) throw new InvalidArgumentError(`"${text}" is not a duration such as 60s.`);
  return value;
}

/** Years, fractions allowed. */
export function years(text: string): number {
  const value = /^\d+(\.\d+)?$/.test(text) ? Number(text) : Number.NaN;
  if (!(value > 0 && value <= 100_000))
    throw new InvalidArgumentError(`"${text}" is not a number of years up to 100000.`);
  return value;
}

/** Collects an option that may be repeated. */
export function collect(value: string, earlier: readonly string[]): readonly string[] {
  return [...earlier, value];
}
