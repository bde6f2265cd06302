import { describe, expect, it } from 'vitest';

import { SCENARIO_SCHEMA_FILE, scenarioJsonSchema } from './json-schema.js';

interface JsonSchema {
  readonly properties: Record<string, { readonly properties?: Record<string, unknown> }>;
  readonly definitions: Record<string, { readonly properties: Record<string, unknown> }>;
}

const parsed = JSON.parse(scenarioJsonSchema()) as JsonSchema;

describe('the JSON Schema for editors', () => {
  it('is committed as it is generated (rewrite it with --update)', async () => {
    await expect(scenarioJsonSchema()).toMatchFileSnapshot(`../../${SCENARIO_SCHEMA_FILE}`);
  });

  it('completes keys of the language and of Kafka', () => {
    expect(Object.keys(parsed.properties)).toContain('random-faults');
    expect(parsed.properties['cluster']?.properties?.['config']).toEqual({
      allOf: [
        {
          $ref: '#/definitions/broker-config',
          description: "Kafka's own broker keys, in Kafka's own units.",
        },
      ],
    });
    expect(parsed.definitions['broker-config']?.properties['min.insync.replicas']).toEqual({
      type: ['integer', 'string'],
      description: 'A whole number of at least 1.',
      default: 1,
    });
  });
});
