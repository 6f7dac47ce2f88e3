/** The part of dynalite's API that the stand-in uses. dynalite has no types of its own. */
declare module 'dynalite' {
  import type { Server } from 'node:http';

  export default function dynalite(options: {
    /** How long a new table stays CREATING, in milliseconds. */
    readonly createTableMs?: number;
  }): Server;
}
