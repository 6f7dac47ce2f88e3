import { notFound } from './errors.ts';
import type { Method } from './method.ts';

export interface Operation {
  readonly name: string;
  readonly done?: boolean;
  readonly response?: unknown;
}

export interface Operations {
  /** Its effect has already taken place, but it is reported as done only when the client asks. */
  readonly start: (name: string, type: string, response: () => object) => Operation;
  readonly methods: readonly Method[];
}

/** Google's long-running operations. None is done in the first answer, so clients must poll. */
export const createOperations = (): Operations => {
  const operations = new Map<string, () => Operation>();
  let started = 0;
  const method = (name: string, path: RegExp): Method => ({
    name,
    http: 'GET',
    path,
    answer: ({ path: { resource = '' } }) => {
      const operation = operations.get(resource);
      if (operation === undefined) throw notFound();
      return operation();
    },
  });
  return {
    start: (prefix, type, response) => {
      started += 1;
      const name = `${prefix}operations/${started}`;
      operations.set(name, () => ({
        name,
        done: true,
        response: { '@type': `type.googleapis.com/${type}`, ...response() },
      }));
      return { name };
    },
    methods: [
      method(
        'iam.workloadIdentityPools.operations.get',
        /^\/v1\/(?<resource>projects\/[^/]+\/locations\/global\/workloadIdentityPools\/.+\/operations\/[^/]+)$/,
      ),
      method('serviceusage.operations.get', /^\/v1\/(?<resource>operations\/[^/]+)$/),
    ],
  };
};
