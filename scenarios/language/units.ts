/**
 * Quantities with units, as people write them, and as the lab counts them: microseconds, bytes,
 * records per second, bytes per second, probabilities.
 *
 * Each `read…` function takes what stood in the scenario and returns a number or a sentence that
 * says what is wrong with it. Each `write…` function returns the shortest exact spelling.
 */
import { DURATION_US_MAX, RATE_PER_SECOND_MAX, SIZE_BYTES_MAX } from './limits.js';

export type ReadQuantity =
  { readonly ok: true; readonly value: number } | { readonly ok: false; readonly reason: string };

/** Microseconds per unit of time, ascending. */
const TIME_UNITS = [
  ['us', 1],
  ['ms', 1000],
  ['s', 1_000_000],
  ['m', 60_000_000],
  ['h', 3_600_000_000],
  ['d', 86_400_000_000],
] as const;

/** Bytes per unit of size. Decimal prefixes are powers of 1000, binary ones of 1024. */
const SIZE_UNITS = [
  ['B', 1],
  ['kB', 1000],
  ['KiB', 1024],
  ['MB', 1_000_000],
  ['MiB', 1_048_576],
  ['GB', 1_000_000_000],
  ['GiB', 1_073_741_824],
  ['TB', 1_000_000_000_000],
  ['TiB', 1_099_511_627_776],
] as const;

/** Bits per unit, for bandwidths such as `1Gbit/s`. */
const BIT_UNITS = [
  ['bit', 1],
  ['kbit', 1000],
  ['Mbit', 1_000_000],
  ['Gbit', 1_000_000_000],
] as const;

type Units = readonly (readonly [string, number])[];

/**
 * A duration such as `200us`, `5ms`, `1.5s`, `2m`, `30d`, in whole microseconds, not negative.
 * `allowNegative` is for jumps of a clock.
 */
export function readDuration(raw: unknown, allowNegative = false): ReadQuantity {
  const read = readUnits(raw, TIME_UNITS, '', { what: 'a duration', example: '10s' });
  if (!read.ok) return read;
  if (read.value < 0 && !allowNegative) return bad(`a time cannot be negative: ${quote(raw)}`);
  if (Math.abs(read.value) > DURATION_US_MAX) return bad(`${quote(raw)} is above 100 years`);
  return whole(read.value, raw, 'microseconds');
}

/** A size such as `16KiB`, `1GiB` or `10MB`, in whole bytes. */
export function readSize(raw: unknown): ReadQuantity {
  const read = readUnits(raw, SIZE_UNITS, '', { what: 'a size', example: '16KiB' });
  if (!read.ok) return read;
  if (read.value < 0) return bad(`a size cannot be negative: ${quote(raw)}`);
  if (read.value > SIZE_BYTES_MAX) return bad(`${quote(raw)} is above the limit of 1 PiB`);
  return whole(read.value, raw, 'bytes');
}

/** A rate such as `100/s`, `30/m` or `5/h`, per second. */
export function readRate(raw: unknown): ReadQuantity {
  const match = typeof raw === 'string' ? /^(-?[\d.]+) *\/ *([a-z]+)$/.exec(raw.trim()) : null;
  const [, digits = '', unit = ''] = match ?? [];
  const number = parseDecimal(digits);
  const unitUs = unitValue(TIME_UNITS, unit);
  if (match === null || number === null || unitUs === null) {
    const remark = isNumberLike(raw) ? `: write ${quoteless(raw)}/s` : ' such as 100/s';
    return bad(`${quote(raw)} is not a rate${remark}`);
  }
  const perSecond = (number * 1_000_000) / unitUs;
  if (perSecond <= 0) return bad(`a rate must be above 0: ${quote(raw)}`);
  if (perSecond > RATE_PER_SECOND_MAX) return bad(`${quote(raw)} is above a million a second`);
  return { ok: true, value: perSecond };
}

/** A bandwidth such as `1Gbit/s` or `200MiB/s`, in bytes per second. */
export function readBandwidth(raw: unknown): ReadQuantity {
  const expected = { what: 'a bandwidth', example: '1Gbit/s' };
  const isBits = typeof raw === 'string' && raw.trim().endsWith('bit/s');
  const read = readUnits(raw, isBits ? BIT_UNITS : SIZE_UNITS, '/s', expected);
  if (!read.ok) return read;
  const bytesPerSecond = isBits ? read.value / 8 : read.value;
  if (bytesPerSecond < 1) return bad(`a bandwidth must be at least 1B/s: ${quote(raw)}`);
  if (bytesPerSecond > SIZE_BYTES_MAX) return bad(`${quote(raw)} is above 1 PiB/s`);
  return { ok: true, value: bytesPerSecond };
}

/** A probability: a number from 0 to 1, or a percentage such as `0.1%`. */
export function readProbability(raw: unknown): ReadQuantity {
  const percent = typeof raw === 'string' ? /^(-?[\d.]+) *%$/.exec(raw.trim()) : null;
  const written = percent === null ? raw : (percent[1] ?? '');
  const number = typeof written === 'number' ? written : parseDecimal(String(written));
  if (number === null || (typeof raw !== 'string' && typeof raw !== 'number')) {
    return bad(`${quote(raw)} is not a probability such as 0.01 or 1%`);
  }
  const value = percent === null ? number : number / 100;
  if (value < 0 || value > 1) return bad(`a probability lies between 0 and 1: ${quote(raw)}`);
  return { ok: true, value };
}

/** The shortest exact spelling of a duration: 1500000 is `1500ms`, 60000000 is `1m`. */
export function writeDuration(us: number): string {
  return writeUnits(us, TIME_UNITS);
}

/** The shortest exact spelling of a size, in binary units: 16384 is `16KiB`. */
export function writeSize(bytes: number): string {
  return writeUnits(
    bytes,
    SIZE_UNITS.filter(([unit]) => !/^.B$/.test(unit)),
  );
}

function writeUnits(value: number, units: Units): string {
  for (const [unit, factor] of [...units].reverse()) {
    if (value !== 0 && value % factor === 0) return `${String(value / factor)}${unit}`;
  }
  return `${String(value)}${units[0]?.[0] ?? ''}`;
}

interface Expected {
  readonly what: string;
  readonly example: string;
}

function readUnits(raw: unknown, units: Units, suffix: string, expected: Expected): ReadQuantity {
  if (isNumberLike(raw)) {
    return bad(
      `${quoteless(raw)} has no unit: ${expected.what} is written like ${expected.example}`,
    );
  }
  const text = typeof raw === 'string' ? raw.trim() : '';
  const body = suffix !== '' && text.endsWith(suffix) ? text.slice(0, -suffix.length) : text;
  const match = /^([+-]?[\d.]+) *([A-Za-zµ]+)$/.exec(body);
  const number = parseDecimal(match?.[1] ?? '');
  if (match === null || number === null || (suffix !== '' && !text.endsWith(suffix))) {
    return bad(`${quote(raw)} is not ${expected.what} such as ${expected.example}`);
  }
  const factor = unitValue(units, match[2] ?? '');
  if (factor === null) {
    const names = units.map(([unit]) => `${unit}${suffix}`).join(', ');
    return bad(`${quote(raw)} has an unknown unit: ${expected.what} ends in one of ${names}`);
  }
  return { ok: true, value: number * factor };
}

function unitValue(units: Units, name: string): number | null {
  return units.find(([unit]) => unit === name)?.[1] ?? null;
}

function parseDecimal(digits: string): number | null {
  return /^[+-]?(\d+(\.\d*)?|\.\d+)$/.test(digits) ? Number(digits) : null;
}

function isNumberLike(raw: unknown): boolean {
  return typeof raw === 'number' || (typeof raw === 'string' && parseDecimal(raw.trim()) !== null);
}

/** Fractions are fine as long as they come out whole: 0.5ms is 500us, 0.5us is nothing. */
function whole(value: number, raw: unknown, unit: string): ReadQuantity {
  const rounded = Math.round(value);
  if (Math.abs(rounded - value) > 1e-6 * Math.max(1, Math.abs(value))) {
    return bad(`${quote(raw)} is not a whole number of ${unit}`);
  }
  return { ok: true, value: rounded === 0 ? 0 : rounded };
}

function bad(reason: string): ReadQuantity {
  return { ok: false, reason };
}

function quote(raw: unknown): string {
  return raw === undefined ? 'nothing' : JSON.stringify(raw);
}

function quoteless(raw: unknown): string {
  return String(raw);
}
