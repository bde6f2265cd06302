/** One `server.properties`: which node it is, and what it sets. */
import { BROKER_STRUCTURE_KEYS } from '../../model/config/broker-modelled-keys.js';
import type { ConfigValue, ConfigValues } from '../../model/config/config-key.js';
import { brokenConfigRules } from '../../model/config/config-rules.js';
import { checkConfigEntry, nearestConfigName } from '../../model/config/registry.js';
import { REMOVED_BROKER_KEYS } from '../../model/config/removed-broker-keys.js';
import { NODE_ID_MAX } from '../language/limits.js';
import type { InputProblem, Position } from '../language/problem.js';
import { shownValue } from './hidden.js';
import type { Setting } from './setting.js';
import { parseProperties, type Property } from './server-properties.js';
import { parseVoters, type Voter } from './voters.js';

export interface NodeFile {
  readonly fileName: string;
  readonly id: number;
  readonly idPosition: Position;
  readonly isBroker: boolean;
  readonly isController: boolean;
  readonly rack: string | null;
  /** Null where the file has no `controller.quorum.voters`. */
  readonly voters: readonly Voter[] | null;
  readonly votersPosition: Position;
  readonly bootstrapServers: readonly string[];
  /** Modelled keys only, in their normal form. */
  readonly config: ConfigValues;
  readonly notModelled: readonly Setting[];
  readonly unknown: readonly Setting[];
}

export type ReadNodeFile =
  | { readonly ok: true; readonly node: NodeFile }
  | { readonly ok: false; readonly problems: readonly InputProblem[] };

/** How near an unknown key must be to a known one to count as a slip. */
const SLIP_DISTANCE = 2;

/** Kafka's keys for a listener or a plugin, with a name of its own in them. */
const KAFKA_PREFIXES = ['listener.name.', 'config.providers.', 'rsm.config.', 'rlmm.config.'];

/** Keys of others that come by the dozen: too many to be slips. */
const FOREIGN_PREFIXES = ['confluent.', 'cruise.control.'];

/** Reads and checks a properties file. */
export function readNodeFile(text: string, fileName: string): ReadNodeFile {
  const parsed = parseProperties(text, fileName);
  const reader = new NodeFileReader(fileName, lastOfEach(parsed.properties));
  const node = reader.read();
  const problems = [...parsed.problems, ...reader.problems].sort(
    (a, b) => (a.position?.line ?? 0) - (b.position?.line ?? 0),
  );
  if (node === null || problems.length > 0) return { ok: false, problems };
  return { ok: true, node };
}

/** As in Java, the last of several lines with the same key counts. */
function lastOfEach(properties: readonly Property[]): ReadonlyMap<string, Property> {
  return new Map(properties.map((property) => [property.key, property]));
}

class NodeFileReader {
  readonly problems: InputProblem[] = [];
  private readonly config: Record<string, ConfigValue> = {};
  /** All valid values, structure and keys that are not modelled included. */
  private readonly values: Record<string, ConfigValue> = {};
  private readonly notModelled: Setting[] = [];
  private readonly unknown: Setting[] = [];

  constructor(
    private readonly fileName: string,
    private readonly properties: ReadonlyMap<string, Property>,
  ) {}

  read(): NodeFile | null {
    for (const property of this.properties.values()) this.readProperty(property);
    for (const breach of brokenConfigRules('broker', this.values)) {
      const key = breach.keys.find((candidate) => this.properties.has(candidate)) ?? '';
      this.complain(this.properties.get(key)?.keyPosition, breach.message);
    }
    return this.readNode();
  }

  private readProperty(property: Property): void {
    const { key, value } = property;
    if (key === 'zookeeper.connect') {
      const message = 'zookeeper.connect: ZooKeeper mode is not modelled yet, only KRaft is';
      this.complain(property.keyPosition, message);
      return;
    }
    if (/\$\{[^}]*\}/.test(value) && this.readPlaceholder(property)) return;
    const check = checkConfigEntry('broker', key, value);
    switch (check.kind) {
      case 'valid':
        this.values[key] = check.value;
        if (!check.entry.modelled) this.notModelled.push(this.setting(property));
        else if (!Object.hasOwn(BROKER_STRUCTURE_KEYS, key)) this.config[key] = check.value;
        return;
      case 'invalid': {
        const shown = shownValue(key, value);
        const message = shown === value ? check.message : `${key} is not valid`;
        this.complain(property.valuePosition, message);
        return;
      }
      case 'unknown':
        this.readUnknown(property);
    }
  }

  /** Values that another system fills in cannot be checked here. */
  private readPlaceholder(property: Property): boolean {
    const check = checkConfigEntry('broker', property.key, property.value);
    if (check.kind === 'unknown') return false;
    if (check.entry.modelled) {
      const message = `${property.key} is filled in by a config provider: write its value`;
      this.complain(property.valuePosition, message);
    } else {
      this.notModelled.push(this.setting(property));
    }
    return true;
  }

  private readUnknown(property: Property): void {
    const { key } = property;
    const isKafkas = KAFKA_PREFIXES.some((prefix) => key.startsWith(prefix));
    if (REMOVED_BROKER_KEYS.has(key) || isKafkas) {
      this.notModelled.push(this.setting(property));
      return;
    }
    const isForeign = FOREIGN_PREFIXES.some((prefix) => key.startsWith(prefix));
    const nearest = isForeign ? null : nearestConfigName('broker', key, SLIP_DISTANCE);
    if (nearest === null) {
      this.unknown.push(this.setting(property));
      return;
    }
    this.complain(property.keyPosition, `unknown key "${key}" (did you mean "${nearest}"?)`);
  }

  private readNode(): NodeFile | null {
    const id = this.readId();
    const roles = this.values['process.roles'];
    if (!Array.isArray(roles) || roles.length === 0) {
      if (!this.properties.has('zookeeper.connect') && !this.properties.has('process.roles')) {
        this.complain(undefined, 'process.roles is missing: only KRaft nodes can be imported');
      }
      return null;
    }
    const isController = (roles as readonly string[]).includes('controller');
    const isBroker = (roles as readonly string[]).includes('broker');
    const voters = this.readVoters();
    this.checkListeners();
    if (id === null) return null;
    this.checkRole(id.value, isController, voters);
    const rack = this.values['broker.rack'];
    return {
      fileName: this.fileName,
      id: id.value,
      idPosition: id.position,
      isBroker,
      isController,
      rack: typeof rack === 'string' && rack !== '' ? this.checkedRack(rack) : null,
      voters,
      votersPosition: this.properties.get('controller.quorum.voters')?.valuePosition ?? id.position,
      bootstrapServers: this.listOf('controller.quorum.bootstrap.servers'),
      config: this.config,
      notModelled: this.notModelled,
      unknown: this.unknown,
    };
  }

  private readId(): { value: number; position: Position } | null {
    const given = ['node.id', 'broker.id'].filter((key) => typeof this.values[key] === 'number');
    const [first, second] = given;
    if (first === undefined) {
      if (!this.properties.has('node.id')) this.complain(undefined, 'node.id is missing');
      return null;
    }
    const position = this.properties.get(first)?.valuePosition ?? { line: 1, column: 1 };
    const value = this.values[first];
    if (typeof value !== 'number') return null;
    if (value < 0 || value > NODE_ID_MAX) {
      this.complain(
        position,
        `${first} must be from 0 to ${String(NODE_ID_MAX)}, not ${String(value)}`,
      );
      return null;
    }
    if (second !== undefined && this.values[second] !== value) {
      const message = `broker.id (${String(this.values[second])}) must be the same as node.id (${String(value)})`;
      this.complain(this.properties.get(second)?.valuePosition, message);
    }
    return { value, position };
  }

  private readVoters(): readonly Voter[] | null {
    const property = this.properties.get('controller.quorum.voters');
    if (property === undefined || property.value.trim() === '') {
      if (this.listOf('controller.quorum.bootstrap.servers').length === 0) {
        this.complain(
          undefined,
          'neither controller.quorum.voters nor controller.quorum.bootstrap.servers is set',
        );
      }
      return null;
    }
    const parsed = parseVoters(property.value);
    if (parsed.ok) return parsed.voters;
    this.complain(property.valuePosition, parsed.reason);
    return null;
  }

  /** Kafka refuses to start with these. */
  private checkRole(id: number, isController: boolean, voters: readonly Voter[] | null): void {
    if (voters === null) return;
    const isVoter = voters.some((voter) => voter.id === id);
    const position = this.properties.get('controller.quorum.voters')?.valuePosition;
    if (isController && !isVoter) {
      this.complain(
        position,
        `node ${String(id)} is a controller, but not in controller.quorum.voters`,
      );
    }
    if (!isController && isVoter) {
      this.complain(
        position,
        `node ${String(id)} is in controller.quorum.voters, but process.roles has no controller`,
      );
    }
  }

  private checkListeners(): void {
    const property = this.properties.get('listeners');
    if (property === undefined) return;
    for (const listener of property.value.split(',').map((entry) => entry.trim())) {
      const port = /^[A-Za-z0-9._-]+:\/\/[^,\s]*:(\d+)$/.exec(listener)?.[1];
      if (port !== undefined && Number(port) <= 65_535) continue;
      this.complain(
        property.valuePosition,
        `listeners has ${JSON.stringify(listener)}, which is not like PLAINTEXT://host:9092`,
      );
    }
  }

  private checkedRack(rack: string): string {
    if (!/^[A-Za-z0-9._-]{1,100}$/.test(rack)) {
      this.complain(
        this.properties.get('broker.rack')?.valuePosition,
        `broker.rack ${JSON.stringify(rack)} may only have letters, digits, ".", "_" and "-" here`,
      );
    }
    return rack;
  }

  private listOf(key: string): readonly string[] {
    const value = this.values[key];
    return Array.isArray(value) ? (value as readonly string[]) : [];
  }

  private setting(property: Property): Setting {
    const { line, column } = property.keyPosition;
    return {
      key: property.key,
      value: shownValue(property.key, property.value),
      where: `${this.fileName}:${String(line)}:${String(column)}`,
    };
  }

  private complain(position: Position | undefined, message: string): void {
    this.problems.push({
      file: this.fileName,
      position: position ?? { line: 1, column: 1 },
      path: [],
      message,
    });
  }
}
