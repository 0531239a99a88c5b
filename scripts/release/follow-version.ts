// Run by `npm version`, between its change of package.json and its commit.
import { followVersion, ROOT } from './version.ts'

followVersion(ROOT)
