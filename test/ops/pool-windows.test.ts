import { goldens } from '../golden/golden.ts'

goldens('pool_windows')
