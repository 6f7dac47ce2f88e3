import { ownParametersPolicy } from '../../cli/commands/boot/own-parameters-policy.ts';
import { accountId, roleRef } from '../support/settings.ts';

/** tests/cli/boot.test.ts asks a real policy evaluator. */
it('allows one listing of the role’s own folder, in every region', () => {
  expect(ownParametersPolicy('/google-access', roleRef('App.x'))).toEqual({
    Version: '2012-10-17',
    Statement: [
      {
        Sid: 'FetchOwnGoogleAccess',
        Effect: 'Allow',
        Action: 'ssm:GetParametersByPath',
        Resource: `arn:aws:ssm:*:${accountId}:parameter/google-access/app..x`,
      },
    ],
  });
});
