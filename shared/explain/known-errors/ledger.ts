import type { KnownError } from './known-error.ts';

/** Errors about rolebridge's pool and its ledger. */
export const ledgerErrors: readonly KnownError[] = [
  {
    id: 'pool-not-marked',
    link: 'ledger',
    phrases: ['is not marked as that of … its description'],
    example:
      'Pool aws-roles is not marked as that of 111122223333/prod: its description is "for CI". If rolebridge made the pool, give it a marker',
    cause:
      "The pool's description does not name this deployment as its owner, so rolebridge removes only bindings that its ledger lists. rolebridge 0.1 wrote no owner, or someone changed the description.",
    next: [
      'rolebridge doctor',
      'If rolebridge made the pool: `gcloud iam workload-identity-pools update POOL --project PROJECT --location global --description "managed by rolebridge"`, then `rolebridge setup`. Not `--adopt`, after which nothing is revoked.',
      'docs/operations.md, "pool-not-ours"',
    ],
    source: 'shared/core/ownership.ts',
  },
  {
    id: 'pool-of-another',
    link: 'ledger',
    phrases: ['belongs to rolebridge of … (AWS account and stage)'],
    example:
      'Pool aws-roles belongs to rolebridge of 999999999999/prod (AWS account and stage), and this is 111122223333/prod: nothing of it is bound, published or removed here.',
    cause:
      "The pool's description names another deployment as its owner. This one binds, publishes and removes nothing in it.",
    next: [
      'rolebridge doctor',
      'Name a pool of its own in google.pool of rolebridge.yml, then `rolebridge setup` and `npm run deploy`.',
      'docs/operations.md, "pool-not-ours"',
    ],
    source: 'shared/core/ownership.ts',
  },
  {
    id: 'ledger-emptied',
    link: 'ledger',
    phrases: [
      'what the ledger listed before it was emptied',
      'Our pool has members, and the table does not know them',
    ],
    example:
      'Not seen: what the ledger listed before it was emptied (Our pool has members, and the table does not know them.',
    cause:
      'Someone emptied or replaced the table. Access matches the tags, but entries that only earlier configurations named may be lost, so `revoke --all` has no proof until a person has answered.',
    next: [
      'Name the earlier projects, regions, prefixes and pools in rolebridge.yml again, deploy, and run `rolebridge sweep`.',
      'rolebridge sweep --accept-table',
      'docs/operations.md, "The ledger is lost"',
    ],
    source: 'shared/app/table-verdict.ts',
  },
  {
    id: 'ledger-gone',
    link: 'ledger',
    phrases: ['so the ledger can be neither read nor written'],
    example:
      'There is no table rolebridge-prod-Ledger, so the ledger can be neither read nor written. Restore it under the same name',
    cause:
      "The ledger's table was deleted. Nothing is bound or revoked until it is back; a deploy does not make it again.",
    next: ['rolebridge doctor', 'docs/operations.md, "The ledger\'s table is gone"'],
    source: 'shared/adapters/aws/table.ts',
  },
  {
    id: 'forget-refused',
    link: 'ledger',
    phrases: ['Nothing of … is forgotten'],
    example:
      'The sweep ended in an error: Nothing of project acme-old is forgotten: its service accounts can be listed completely, so the sweep proves by itself what is left: rolebridge sweep.',
    cause:
      'A person can answer only for what no listing can prove. The sweep can still look there, rolebridge.yml still names it, a tag still asks for it, or the ledger has changed since the list was shown. The words behind the colon say which.',
    next: [
      'rolebridge sweep',
      'If rolebridge.yml names it: remove it there, deploy, and run `rolebridge forget` again.',
      'docs/operations.md, "A project or an AWS account is gone"',
    ],
    source: 'shared/app/forget.ts',
  },
  {
    id: 'adopt-refused',
    link: 'ledger',
    phrases: ['No member of … is kept:', 'No member of … is removed:'],
    example:
      'The sweep ended in an error: No member of buckets/acme-in is removed: the list has changed since it was shown. Run "rolebridge adopt" again, and read the list.',
    cause:
      'An answer covers exactly the members that were shown. The list has changed since, the mode lets rolebridge remove nothing, or the list cannot be read. The words behind the last colon say which.',
    next: ['rolebridge plan', 'rolebridge adopt --resource RESOURCE --keep'],
    source: 'shared/app/adopt.ts',
  },
];
