import { CAPSULE_BYTES_MAX, parseCapsule, type Capsule } from '../scenarios/index.js';
import { problemError, readTextFile } from './read-input.js';

/** Reads a capsule. Throws a `UsageError` that names what is wrong with it. */
export function loadCapsule(fileName: string): Capsule {
  const parsed = parseCapsule(readTextFile(fileName, CAPSULE_BYTES_MAX), fileName);
  if (!parsed.ok) throw problemError(parsed.problems);
  return parsed.capsule;
}
