/** How a command was ended before it was done. `closedPipe`: the program that reads our output, such as `head`, has ended. */
type InterruptedBy = 'SIGINT' | 'SIGTERM' | 'closedPipe';

/** Thrown where a command was ended. Its message says what was done until then, and what was not. */
export class Interruption extends Error {
  override readonly name = 'Interruption';

  readonly by: InterruptedBy;

  constructor(by: InterruptedBy, message = '', options?: ErrorOptions) {
    super(message, options);
    this.by = by;
  }
}

/** As a shell reports them: 128 and the number of the signal, which is SIGPIPE for a closed pipe. */
export const interruptedExitCodes = { SIGINT: 130, SIGTERM: 143, closedPipe: 141 } as const;

/**
 * The first signal, or a reader that goes away, lets the command end in order. A second signal ends the program immediately. It
 * exits by itself, so that temporary folders are still removed.
 */
export const interruptionSignal = (): AbortSignal => {
  const interruption = new AbortController();
  const end = (by: InterruptedBy): void => interruption.abort(new Interruption(by));
  for (const name of ['SIGINT', 'SIGTERM'] as const)
    process.once(name, () => {
      process.once(name, () => process.exit(interruptedExitCodes[name]));
      end(name);
    });
  for (const stream of [process.stdout, process.stderr])
    stream.on('error', (error: NodeJS.ErrnoException) => {
      // EIO: the terminal itself is gone.
      if (error.code !== 'EPIPE' && error.code !== 'EIO') throw error;
      end('closedPipe');
    });
  // node-fetch ends the body of an aborted request with an error that no one listens to.
  process.on('uncaughtException', (error) => {
    if (!interruption.signal.aborted || error.name !== 'AbortError') throw error;
  });
  return interruption.signal;
};

/** Runs a part of a command. If the command is ended during it, the error says what was done, and what was not. */
export const unlessInterrupted = async <T>(
  signal: AbortSignal,
  state: string,
  work: () => Promise<T>,
): Promise<T> => {
  try {
    return await work();
  } catch (thrown) {
    const interruption = interruptionOf(signal, thrown);
    throw interruption === undefined ? thrown : new Interruption(interruption.by, state, { cause: thrown });
  }
};

/** Why a command was ended, if it was. A prompt reads Ctrl-C itself, and then throws the reason: no signal arrives. */
export const interruptionOf = (signal: AbortSignal, thrown: unknown): Interruption | undefined =>
  [thrown, signal.reason].find((reason) => reason instanceof Interruption);
