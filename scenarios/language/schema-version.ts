/** The schema of a version of Kafka, wherever a scenario names one. */
import { z } from 'zod';

import { KAFKA_VERSIONS } from '../../model/versions.js';
import { quote } from './schema-parts.js';
import { isVersionName, VERSION_NAMES, versionNameProblem } from './version-name.js';
import { NAMED_KAFKA_VERSIONS } from './vocabulary.js';

const MODELLED = `this release models ${KAFKA_VERSIONS.join(', ')}`;

/** A version of the language; `key` names it in messages. */
export function versionText(key: string): z.ZodString {
  return z
    .string({
      error: (issue) =>
        typeof issue.input === 'number'
          ? `${key} must be text: write "${String(issue.input)}" in quotes`
          : `${key} must be a version such as "4.1", not ${quote(issue.input)}`,
    })
    .superRefine((version, context) => {
      if (isVersionName(version)) return;
      const known = (NAMED_KAFKA_VERSIONS as readonly string[]).includes(version);
      const message = known
        ? `kafka "${version}" is not modelled yet: ${MODELLED}`
        : (versionNameProblem(version) ?? `unknown Kafka version "${version}": ${MODELLED}`);
      context.addIssue({ code: 'custom', message });
    })
    .meta({ enum: [...VERSION_NAMES] });
}
