package tidings.sdk

import com.sun.jna.CallbackThreadInitializer
import com.sun.jna.Native
import tidings.sdk.core.uniffiRustFutureContinuationCallbackImpl

/**
 * The core calls from a few threads of its own: one for listeners, two for what has been waited for. Unless told otherwise, JNA
 * makes a `Thread` of it for each call and throws it away afterwards; told this, it makes one and keeps it until the thread ends.
 */
internal object CoreThreads {
    /** To be called before anything is waited for. */
    fun keepWorkers() {
        val kept = CallbackThreadInitializer(true, false, "tidings")
        Native.setCallbackThreadInitializer(uniffiRustFutureContinuationCallbackImpl, kept)
    }

    /** To be called from a listener. */
    fun keepThis() = Native.detach(false)
}
