import type { CustomRoles } from '../custom-roles.ts';
import { notFound } from '../errors.ts';
import { type Method, textOf } from '../method.ts';
import { page } from '../page.ts';
import { isGrantableOn, kindOf } from './grantable.ts';
import type { PredefinedRole } from './role.ts';

/** Predefined roles, which every caller with a token can read: https://cloud.google.com/iam/docs/reference/rest/v1/roles */
export const roleMethods = ({
  predefined,
  all,
}: Pick<CustomRoles, 'predefined' | 'all'>): readonly Method[] => [
  {
    name: 'iam.roles.get',
    http: 'GET',
    path: /^\/v1\/(?<resource>roles\/[^/:]+)$/,
    answer: ({ path: { resource = '' } }) => {
      const role = predefined.get(resource);
      if (role === undefined) throw notFound(`The role named ${resource} was not found.`);
      return shown(role);
    },
  },
  {
    name: 'iam.roles.queryGrantableRoles',
    http: 'POST',
    path: /^\/v1\/roles:queryGrantableRoles$/,
    answer: ({ body }) => {
      const { kind, project } = kindOf(textOf(body['fullResourceName']));
      const roles = [
        ...[...predefined.values()].filter((role) => isGrantableOn(role, kind)).map(shown),
        ...all().filter(({ name, deleted }) => name.startsWith(`projects/${project}/`) && !deleted),
      ];
      const query = new URLSearchParams({
        pageSize: String(body['pageSize'] ?? 0),
        pageToken: textOf(body['pageToken']),
      });
      const { items, ...next } = page(roles, ({ name }) => name, query, { usual: 300, most: 2000 });
      const isFull = body['view'] === 'FULL';
      return {
        ...(items.length === 0
          ? {}
          : { roles: isFull ? items : items.map((role) => ({ ...role, includedPermissions: undefined })) }),
        ...next,
      };
    },
  },
];

const shown = ({ name, title, permissions }: PredefinedRole) => ({
  name,
  title,
  includedPermissions: permissions,
  stage: 'GA',
  etag: 'AA==',
});
