import type { Forecast, ForecastChange, RoleForecast } from '../../../shared/app/plan.ts';
import type { Change } from '../../../shared/core/change.ts';
import { targetText } from '../../../shared/core/model.ts';
import { roleLabel } from '../../../shared/core/role-argument.ts';
import { type AccessName, siteOfAccess, targetOf } from '../../../shared/core/target.ts';

/** A plan for machines (docs/commands.md). */
export const forecastDocument = (
  {
    accountId,
    accounts,
    mode,
    roles,
    limits,
    blindSpots,
    notReadable,
    leftAlone,
    inherited,
    leftAccounts,
    notTagged,
    missing,
    newRole,
    revokeAll,
  }: Forecast,
  warnings: readonly string[] = [],
) => ({
  accountId,
  ...(accounts.length === 1 ? {} : { accounts }),
  mode,
  warnings,
  roles: roles.map(roleDocument),
  limits,
  blindSpots,
  notReadable,
  leftAlone,
  ...(inherited.length === 0 ? {} : { inherited }),
  ...(leftAccounts.length === 0 ? {} : { leftAccounts }),
  notTagged,
  missing: missing.map((one) => roleLabel(accounts, one)),
  ...(newRole === undefined ? {} : { newRole: roleLabel(accounts, newRole) }),
  ...(revokeAll === undefined ? {} : { revokeAll: { at: revokeAll.at, answeredBy: revokeAll.answeredBy } }),
});

const roleDocument = ({
  ref,
  roleId,
  isRoleUnseen,
  changes,
  grants,
  refusals,
  unknown,
  nearMisses,
  hints,
}: RoleForecast) => ({
  role: roleId === undefined ? ref : { ...ref, roleId },
  ...(isRoleUnseen === undefined ? {} : { isRoleUnseen }),
  grants: grants.map(({ target, ...grant }) => ({ ...grant, target: targetText(target) })),
  refusals: refusals.map(({ name, tagKey, value, code, reason }) => ({ name, tagKey, value, code, reason })),
  changes: changes.map(changeDocument),
  unknown,
  nearMisses,
  hints,
});

const changeDocument = ({ change, ...rest }: ForecastChange) => ({
  kind: change.kind,
  ...('access' in change ? accessFields(change.access) : {}),
  grants: change.grants,
  ...details(change),
  ...rest,
});

const accessFields = (access: AccessName) => {
  const target = targetOf(siteOfAccess(access));
  return target.kind === 'serviceAccount' ? { email: target.email } : { target: targetText(target) };
};

const details = (change: Change) => {
  switch (change.kind) {
    case 'bind':
    case 'unbind': {
      const { member, condition } = change.edit;
      return { resource: change.resource, member, ...(condition === undefined ? {} : { condition }) };
    }
    case 'publish': {
      const { region, name, isNew, otherType } = change;
      return { region, name, isNew, ...(otherType === undefined ? {} : { otherType }) };
    }
    case 'unpublish':
    case 'writeStatus':
    case 'removeStatus':
      return { region: change.region, name: change.name };
    case 'list':
    case 'unlist': {
      const { member, condition } = change.binding;
      return { resource: change.resource, member, ...(condition === undefined ? {} : { condition }) };
    }
  }
};
