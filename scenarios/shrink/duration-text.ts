import { writeDuration } from '../language/units.js';

/** `5s`, `-30s`; nothing is `0s`. */
export function durationText(us: number): string {
  if (us === 0) return '0s';
  return us < 0 ? `-${writeDuration(-us)}` : writeDuration(us);
}
