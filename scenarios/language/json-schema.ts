/** The JSON Schema of the scenario language, for editors: generated from the zod schema. */
import { z } from 'zod';

import { describeExpected } from '../../model/config/config-value.js';
import type { ConfigKey } from '../../model/config/config-key.js';
import { configEntries, olderConfigEntries, type ConfigSet } from '../../model/config/registry.js';
import { scenarioSchema } from './schema.js';

/** Where the committed copy lies, from the root of the repository. */
export const SCENARIO_SCHEMA_FILE = 'schema/scenario.schema.json';

type JsonObject = Record<string, unknown>;

/** The schema as a JSON document with a final newline: the content of `SCENARIO_SCHEMA_FILE`. */
export function scenarioJsonSchema(): string {
  const schema = z.toJSONSchema(scenarioSchema, {
    io: 'input',
    target: 'draft-7',
    reused: 'inline',
    unrepresentable: 'any',
    override: ({ jsonSchema }) => {
      const fields = jsonSchema as JsonObject;
      const set = fields['kafkaConfig'];
      delete fields['kafkaConfig'];
      if (typeof set === 'string') describeConfig(fields, set as ConfigSet);
    },
  });
  const titled = { title: 'A scenario of brokerlab', ...schema };
  return `${JSON.stringify({ ...definitions(), ...titled }, null, 2)}\n`;
}

/** A `config` refers to the list of its set's keys, so that editors complete them. */
function describeConfig(fields: JsonObject, set: ConfigSet): void {
  for (const key of Object.keys(fields)) {
    if (key !== 'description') Reflect.deleteProperty(fields, key);
  }
  fields['$ref'] = `#/definitions/${set}-config`;
}

function definitions(): JsonObject {
  const sets = ['broker', 'topic', 'producer', 'consumer'] as const;
  const entries = sets.map((set) => [`${set}-config`, configSchema(set)] as const);
  return { definitions: Object.fromEntries(entries) };
}

function configSchema(set: ConfigSet): JsonObject {
  const properties = configEntries(set).map((entry) => [
    entry.name,
    entry.modelled
      ? {
          ...valueSchema(entry),
          description: `${capitalize(describeExpected(entry))}.`,
          ...(entry.defaultValue === null ? {} : { default: entry.defaultValue }),
        }
      : { ...valueSchema(entry), description: 'Known, not modelled yet.' },
  ]);
  const older = olderConfigEntries(set).map((entry) => [
    entry.name,
    { ...valueSchema(entry), description: 'Before Kafka 4.0, on ZooKeeper.' },
  ]);
  return {
    type: 'object',
    additionalProperties: false,
    properties: Object.fromEntries([...properties, ...older]) as JsonObject,
  };
}

function valueSchema(key: ConfigKey): JsonObject {
  switch (key.type) {
    case 'int':
    case 'long':
      return { type: ['integer', 'string'] };
    case 'double':
      return { type: ['number', 'string'] };
    case 'boolean':
      return { type: ['boolean', 'string'] };
    case 'string':
      return key.values === undefined || key.ignoreCase === true
        ? { type: ['string', 'number', 'boolean'] }
        : { enum: [...key.values] };
    case 'list':
      return { type: ['string', 'array'], items: { type: 'string' } };
  }
}

function capitalize(sentence: string): string {
  return sentence.slice(0, 1).toUpperCase() + sentence.slice(1);
}
