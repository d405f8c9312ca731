/** The topics of every zone, as far as the admin API sees and changes them. */
export interface TopicDirectory {
  /** How many topics a zone may have besides the default one. */
  readonly topicLimit: number;
  /** Whether there is an Event Hub instance with this zone id. */
  hasZone(zone: string): boolean;
  /** Names of the topics of a zone; always contains `topic`, the default one. */
  topics(zone: string): readonly string[];
  /** Creates a topic that can be used at once. That it exists already is told before that the limit is reached. */
  createTopic(zone: string, name: string): 'created' | 'exists' | 'limit';
  /** Deletes a topic with its messages and positions; does nothing when there is none or it is the default one. */
  deleteTopic(zone: string, name: string): void;
}
