// Puts the protocol definitions beside the compiled modules that read them: the compiler leaves them behind.
import { copyFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

const [from, to] = process.argv.slice(2);
for (const file of readdirSync(from, { recursive: true })) {
  if (file.endsWith('.proto')) copyFileSync(join(from, file), join(to, file));
}
