/** Capsules: failures in one file. */
export {
  CAPSULE_BYTES_MAX,
  CAPSULE_SCHEMA,
  capsuleOf,
  capsuleToJson,
  parseCapsule,
  type Capsule,
  type CapsuleSource,
  type ParsedCapsule,
  type RealisedFault,
} from './capsule.js';
export { replayCapsule, type Replayed } from './replay.js';
