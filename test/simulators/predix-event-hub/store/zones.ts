/** The zones of a service and their topics. One folder for each topic, when they are to outlive the process. */
import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { isTopicName } from '../admin/topic-name.js';
import { FolderLock } from './folder-lock.js';
import { Topic } from './topic.js';

/** The name of the topic that every zone has (Predix contract, section 13). */
export const defaultTopic = 'topic';

/** How zones keep their topics. */
export interface ZonesOptions {
  /** In milliseconds. */
  readonly retentionMs: number;
  readonly dataDir: string | undefined;
  /** How many topics a zone may have besides the default one. */
  readonly topicLimit: number;
}

/** What came of the wish for a topic. */
export type TopicCreation = 'created' | 'exists' | 'limit';

/** See the head of this file. */
export class Zones {
  readonly topicLimit: number;
  readonly #options: ZonesOptions;
  readonly #zones = new Map<string, Map<string, Topic>>();
  readonly #lock: FolderLock | undefined;

  /** @throws FolderInUseError when another service has the folder. */
  constructor(options: ZonesOptions) {
    this.topicLimit = options.topicLimit;
    this.#options = options;
    this.#lock = options.dataDir === undefined ? undefined : new FolderLock(options.dataDir);
  }

  /**
   * Makes zones with the topics that each has besides the default one.
   *
   * @throws FolderInUseError, LogFileError; RangeError when a topic cannot be. No file stays open then.
   */
  static open(wanted: Readonly<Record<string, readonly string[]>>, options: ZonesOptions): Zones {
    const zones = new Zones(options);
    try {
      for (const [zone, topics] of Object.entries(wanted)) {
        zones.addZone(zone);
        for (const topic of topics) zones.#demand(zone, topic);
      }
      return zones;
    } catch (thrown) {
      zones.close();
      throw thrown;
    }
  }

  /** Adds a zone with its default topic, and with those that are found in its folder. */
  addZone(zone: string): void {
    if (this.#zones.has(zone)) return;
    const topics = new Map<string, Topic>();
    this.#zones.set(zone, topics);
    for (const name of new Set([defaultTopic, ...this.#foundTopics(zone)])) {
      topics.set(name, this.#makeTopic(zone, name));
    }
  }

  /** Whether there is such a zone. */
  hasZone(zone: string): boolean {
    return this.#zones.has(zone);
  }

  /** The names of a zone's topics; none when there is no such zone. */
  topics(zone: string): readonly string[] {
    return [...(this.#zones.get(zone)?.keys() ?? [])];
  }

  /** A topic, or undefined when there is none of that name. */
  topic(zone: string, name: string): Topic | undefined {
    return this.#zones.get(zone)?.get(name);
  }

  /**
   * Makes a topic, unless there is one of that name.
   *
   * @throws RangeError when there is no such zone.
   */
  createTopic(zone: string, name: string): TopicCreation {
    const topics = this.#zones.get(zone);
    if (topics === undefined) throw new RangeError(`there is no zone ${zone}`);
    if (topics.has(name)) return 'exists';
    if (topics.size - 1 >= this.topicLimit) return 'limit';
    topics.set(name, this.#makeTopic(zone, name));
    return 'created';
  }

  /** Deletes a topic with its messages and positions; the default one stays. */
  deleteTopic(zone: string, name: string): void {
    const topic = this.topic(zone, name);
    if (topic === undefined || name === defaultTopic) return;
    this.#zones.get(zone)?.delete(name);
    topic.delete();
    const folder = this.#folderOf(zone, name);
    if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
  }

  /** Writes what is waiting and lets go of all files. */
  close(): void {
    for (const topics of this.#zones.values()) for (const topic of topics.values()) topic.close();
    this.#lock?.release();
  }

  #demand(zone: string, name: string): void {
    if (!isTopicName(name)) throw new RangeError(`${name} is no name of a topic`);
    if (this.createTopic(zone, name) !== 'limit') return;
    throw new RangeError(`zone ${zone} has ${this.topicLimit} topics, and there is no room for ${name}`);
  }

  /** The topics in a zone's folder. What else somebody has put there is left alone. */
  #foundTopics(zone: string): readonly string[] {
    const { dataDir } = this.#options;
    if (dataDir === undefined) return [];
    const folder = join(dataDir, folderName(zone));
    mkdirSync(folder, { recursive: true });
    const folders = readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isDirectory());
    const names = folders.filter(({ name }) => name.startsWith('_')).map(({ name }) => name.slice(1));
    return names.filter(isTopicName);
  }

  #makeTopic(zone: string, name: string): Topic {
    return new Topic(name, { retentionMs: this.#options.retentionMs, folder: this.#folderOf(zone, name) });
  }

  #folderOf(zone: string, name: string): string | undefined {
    const { dataDir } = this.#options;
    return dataDir === undefined ? undefined : join(dataDir, folderName(zone), folderName(name));
  }
}

/** A name of a folder for any name, which that of a topic only follows: one of dots alone would be the folder itself, or the one above it. */
function folderName(name: string): string {
  return `_${encodeURIComponent(name)}`;
}
