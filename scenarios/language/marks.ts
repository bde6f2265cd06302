/** Marks: the named moments that a fault's `when` can wait for. */
import { didYouMean } from '../../model/config/nearest-name.js';
import { partitionProblem, resolveTarget, type TargetScope } from './resolve-target.js';
import { splitPartition } from './targets.js';
import { MARKS, type MarkName } from './vocabulary.js';

export type ReadMark =
  | { readonly ok: true; readonly mark: MarkName; readonly subject: string | null }
  | { readonly ok: false; readonly reason: string };

/** Parses `high-watermark-advanced of orders-0`; without `of` it is about any subject. */
export function readMark(raw: string, scope: TargetScope): ReadMark {
  const [name = '', subject = null, ...rest] = raw.trim().split(/\s+of\s+/);
  if (rest.length > 0 || name === '') return refuse(`"${raw}" is not a mark`);
  if (!isMark(name)) {
    const names = Object.keys(MARKS);
    const hint = didYouMean(name, names);
    return refuse(
      `unknown mark "${name}"${hint === '' ? `: there are ${names.join(', ')}` : hint}`,
    );
  }
  const reason = subject === null ? null : subjectProblem(name, subject, scope);
  if (reason !== null) return refuse(reason);
  return { ok: true, mark: name, subject: subject === null ? null : canonical(subject) };
}

/** A subject as the run spells it: `orders-00` and `broker 01` are `orders-0` and `broker 1`. */
function canonical(subject: string): string {
  return subject.replace(/0*(\d+)$/, '$1');
}

function subjectProblem(mark: MarkName, subject: string, scope: TargetScope): string | null {
  const about = MARKS[mark];
  switch (about) {
    case 'nothing':
      return `${mark} stands alone, without "of ${subject}"`;
    case 'partition': {
      const parsed = splitPartition(subject);
      if (parsed === null) return `${mark} is about a partition such as orders-0, not "${subject}"`;
      return partitionProblem(parsed.topic, parsed.partition, scope.topics);
    }
    case 'broker':
    case 'controller': {
      if (!new RegExp(`^${about} \\d{1,9}$`).test(subject)) {
        return `${mark} is about a ${about} such as "${about} 1", not "${subject}"`;
      }
      const resolved = resolveTarget(subject, scope);
      return resolved.ok ? null : resolved.reason;
    }
  }
}

function isMark(name: string): name is MarkName {
  return Object.hasOwn(MARKS, name);
}

function refuse(reason: string): ReadMark {
  return { ok: false, reason };
}
