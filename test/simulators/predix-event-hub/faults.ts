/** What can go wrong on purpose. */
import { status } from '@grpc/grpc-js';
import type { OpenCalls } from './grpc/open-calls.js';
import type { PublishFaults, Submitted } from './publish/publication.js';

/** Ends streams of the other protocol. */
export interface Sockets {
  /** Drops the connections without a word. */
  cut(): void;
}

/** An answer in the place of the right one. */
export interface FaultyAnswer {
  readonly status: number;
  readonly desc: string;
}

/** See the head of this file. */
export class PredixFaults implements PublishFaults {
  readonly #calls: OpenCalls;
  readonly #sockets: Sockets;
  #answers: {
    left: number;
    readonly answer: FaultyAnswer;
    readonly isMeant: (message: Submitted) => boolean;
  }[] = [];
  #lostAnswers = 0;
  #isMute = false;

  constructor(calls: OpenCalls, sockets: Sockets) {
    this.#calls = calls;
    this.#sockets = sockets;
  }

  /**
   * Answers the next messages with a failure and does not store them.
   *
   * @param count how many; may be infinite.
   * @param isMeant which messages; default all.
   */
  answerWith(
    answer: FaultyAnswer,
    count: number,
    isMeant: (message: Submitted) => boolean = () => true,
  ): void {
    this.#answers.push({ left: count, answer, isMeant });
  }

  /** Ends what `answerWith` began. */
  answerRightly(): void {
    this.#answers = [];
  }

  /** Stores what comes next and loses the stream before its acknowledgements; so many times. */
  loseAnswers(count: number): void {
    this.#lostAnswers = count;
  }

  /** Stores what comes and answers nothing, as when a connection has become half-open; answers are not made up for. */
  muteAnswers(isMute: boolean): void {
    this.#isMute = isMute;
  }

  /** Ends every stream, of both protocols. */
  cutStreams(operation?: 'publish' | 'subscribe'): void {
    this.#calls.endAll(status.UNAVAILABLE, 'Connection reset', operation);
    if (operation !== 'subscribe') this.#sockets.cut();
  }

  intercept(message: Submitted): FaultyAnswer | undefined {
    const found = this.#answers.find(({ left, isMeant }) => left > 0 && isMeant(message));
    if (found === undefined) return undefined;
    found.left--;
    return found.answer;
  }

  /** Whether acknowledgements may go out now. */
  mayAnswer(): boolean {
    if (this.#isMute) return false;
    if (this.#lostAnswers === 0) return true;
    this.#lostAnswers--;
    this.cutStreams('publish');
    return false;
  }
}
