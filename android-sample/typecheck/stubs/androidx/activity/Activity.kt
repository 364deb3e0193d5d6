// The few names of AndroidX that the sample uses, for the type check alone: AndroidX is in Google's repository only.
@file:Suppress("UNUSED_PARAMETER", "UnusedReceiverParameter")

package androidx.activity

open class ComponentActivity : android.app.Activity() {
    override fun onNewIntent(intent: android.content.Intent) {}
}

fun ComponentActivity.enableEdgeToEdge() {}
