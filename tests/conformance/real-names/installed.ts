import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { findGoogleAuth } from '../../support/python-google-auth.ts';
import { hasGcloud } from '../google-cloud-cli.ts';
import { goPath, type Need } from './clients.ts';

/** The path at which Python finds google-auth; undefined if the machine has none. */
export const pythonPath = findGoogleAuth();

const hasGo = spawnSync('go', ['version']).status === 0;

/** The question about this machine; undefined if it has everything that a client needs. */
export const missingFor = (need: Need): string | undefined => {
  switch (need.kind) {
    case 'nothing':
      return undefined;
    case 'google-auth':
      return pythonPath === undefined ? 'is google-auth installed, or gcloud?' : undefined;
    case 'gcloud':
      return hasGcloud ? undefined : 'is gcloud installed?';
    case 'go':
      return hasGo && need.packages.every((path) => existsSync(join(goPath, 'src', path)))
        ? undefined
        : 'are golang-go, golang-golang-x-oauth2-google-dev and golang-google-cloud-dev installed?';
  }
};
