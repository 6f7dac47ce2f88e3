/** A program that says its last argument. */
console.log(process.argv.at(-1));
