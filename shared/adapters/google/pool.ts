import type { PoolReader } from '../../ports.ts';
import { readOne } from './call.ts';
import type { GoogleSession } from './session.ts';

/** Pools and providers as Google spells them: what is false or empty is left out. */
export interface Soft {
  readonly state?: string;
  readonly disabled?: boolean;
  readonly description?: string;
}

export const soft = ({ state, disabled = false }: Soft) =>
  ({ kind: 'there', isDeleted: state === 'DELETED', isDisabled: disabled }) as const;

/** https://cloud.google.com/iam/docs/reference/rest/v1/projects.locations.workloadIdentityPools/get */
export const googlePool =
  (session: GoogleSession, advice?: string): PoolReader =>
  async (name) => {
    const pool = await readOne<Soft>(session, `pool ${name}`, { method: 'GET', path: name }, advice);
    return pool === undefined ? { kind: 'absent' } : { ...soft(pool), description: pool.description ?? '' };
  };
