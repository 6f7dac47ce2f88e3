import type { Forecast, ForecastChange } from '../app/plan.ts';
import type { Change } from '../core/change.ts';
import type { RoleRef } from '../core/model.ts';
import { accessText } from '../core/target.ts';

/** One change that the functions would make now. */
export interface ReportChange {
  readonly role: RoleRef & { readonly roleId?: string };
  /** The role was not seen, and may exist. */
  readonly isRoleUnseen?: true;
  readonly kind: Change['kind'];
  /** The target of a binding or of a ledger entry; the name of a parameter. */
  readonly what: string;
  /** Set for a parameter. */
  readonly region?: string;
  readonly grants: readonly string[];
  /** The revocation limit holds it. */
  readonly isHeld?: true;
  /** Why it would fail, or might. */
  readonly obstacle?: string;
}

/** The changes of a plan, by role, in its order. */
export const reportChanges = ({ roles }: Pick<Forecast, 'roles'>): readonly ReportChange[] =>
  roles.flatMap(({ ref, roleId, isRoleUnseen, changes }) =>
    changes.map((one) => ({
      role: roleId === undefined ? ref : { ...ref, roleId },
      ...(isRoleUnseen === undefined ? {} : { isRoleUnseen }),
      ...changeOf(one),
    })),
  );

const changeOf = ({
  change,
  isHeld,
  obstacle,
}: ForecastChange): Omit<ReportChange, 'role' | 'isRoleUnseen'> => ({
  kind: change.kind,
  ...('region' in change
    ? { what: change.name, region: change.region }
    : { what: accessText(change.access) }),
  grants: change.grants,
  ...(isHeld ? { isHeld } : {}),
  ...(obstacle === undefined ? {} : { obstacle }),
});
