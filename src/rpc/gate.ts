import { isDeepStrictEqual } from 'node:util'
import { createContextKey, type HandlerContext } from '@connectrpc/connect'
import type { Authenticate, Credentials } from '../access/authenticator.ts'
import type { CallerLimits } from '../access/caller-limits.ts'
import { whenThere } from '../directory/when-there.ts'
import { type Access, EVERYTHING, isAllowed, type Principal } from '../domain/access.ts'
import { ChatApiError } from '../domain/errors.ts'
import { expired } from '../domain/resume-token.ts'
import type { CallHead, Checks } from '../wire/service-binding.ts'
import type { Directory } from './context.ts'

/** What there is to see and to change for a principal. */
export type DirectoryFor = (principal: Principal) => Directory

interface Admitted {
  readonly principal: Principal
  readonly directory: Directory
}

/** Where the gate leaves whom it let in. */
const admitted = createContextKey<Admitted | undefined>(undefined)

/** And by what. */
const admission = createContextKey<{ credentials: Credentials; access: Access } | undefined>(undefined)

/**
 * Who calls, and what they may. The only way of a handler to the directory is through here, and leads to what the caller
 * may see: a handler cannot forget to ask.
 */
export interface Gate {
  /** For `Checks` of a service, with who may call each method, by its local name. */
  guard(access: Readonly<Record<string, Access>>): Checks['gate']
  /** The directory as the caller may see it. */
  directoryOf(call: HandlerContext): Directory
  /** Who calls. Where nobody is asked, it is somebody without a name who may do everything. */
  callerOf(call: HandlerContext): Principal
  /** Throws where a call would not be let in any more, or would see something else: for one that goes on for long. */
  checkAgain(call: HandlerContext): void | Promise<void>
  /** Throws where who has these credentials may not see something that is no call, by its name. */
  check(credentials: Credentials, access: Access, what: string): void | Promise<void>
}

function credentialsOf(call: CallHead): Credentials {
  return { authorization: call.field('authorization'), certificateNames: call.certificateNames }
}

const ANYBODY: Principal = Object.freeze({ name: '', role: 'admin', scope: EVERYTHING })

/**
 * Lets everybody do everything.
 *
 * @param limits of what comes from one address
 */
export function openGate(directory: Directory, limits: CallerLimits = {}): Gate {
  const isUnlimited = Object.values(limits).every((limit) => limit === undefined)
  return {
    guard: (table) =>
      isUnlimited
        ? undefined
        : (call) => (table[call.method.localName] === 'anyone' ? undefined : keep(limits, call.peerAddress, call)),
    directoryOf: () => directory,
    callerOf: () => ANYBODY,
    checkAgain() {},
    check() {},
  }
}

/**
 * Lets those in whom their credentials allow to.
 *
 * @param limits of what one principal asks for
 */
export function guardedGate(authenticate: Authenticate, directoryFor: DirectoryFor, limits: CallerLimits = {}): Gate {
  /** A principal goes with the file or the token that it is from. */
  const known = new WeakMap<Principal, Admitted>()

  function admit(call: CallHead, principal: Principal, access: Access): void {
    keep(limits, principal.name, call)
    assertAllowed(call.method.name, principal, access)
    let entry = known.get(principal)
    if (!entry) {
      entry = { principal, directory: directoryFor(principal) }
      known.set(principal, entry)
    }
    call.values.set(admitted, entry)
    call.values.set(admission, { credentials: credentialsOf(call), access })
  }

  return {
    guard: (table) => (call) => {
      const access = table[call.method.localName] ?? 'admin'
      if (access === 'anyone') return undefined
      return whenThere(authenticate(credentialsOf(call)), (who) => admit(call, who, access))
    },
    directoryOf: (call) => admittedOf(call).directory,
    callerOf: (call) => admittedOf(call).principal,
    checkAgain(call) {
      const { scope } = admittedOf(call).principal
      const { credentials, access } = call.values.get(admission)!
      return whenThere(authenticate(credentials), (who) => {
        assertAllowed(call.method.name, who, access)
        if (!isDeepStrictEqual(who.scope, scope)) throw expired('what this caller may see has changed')
      })
    },
    check(credentials, access, what) {
      return whenThere(authenticate(credentials), (who) => assertAllowed(what, who, access))
    },
  }
}

function keep({ rate, streams }: CallerLimits, caller: string, call: CallHead): void {
  rate?.take(caller)
  if (!streams || call.method.methodKind === 'unary') return
  streams.open(caller)
  call.whenOver(() => streams.close(caller))
}

function admittedOf(call: HandlerContext): Admitted {
  const entry = call.values.get(admitted)
  if (!entry) throw new Error(`${call.method.name} came past no gate`)
  return entry
}

function assertAllowed(what: string, principal: Principal, access: Access): void {
  if (isAllowed(principal, access)) return
  const { name, role } = principal
  throw new ChatApiError('PERMISSION_DENIED', `${what} needs the role ${access}; ${JSON.stringify(name)} is a ${role}`)
}
