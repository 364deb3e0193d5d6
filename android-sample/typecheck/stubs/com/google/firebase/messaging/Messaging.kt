// The few names of Firebase Cloud Messaging that the sample uses, for the type check alone: Firebase's own library is in Google's
// repository only.
@file:Suppress("UNUSED_PARAMETER")

package com.google.firebase.messaging

open class FirebaseMessagingService : android.app.Service() {
    override fun onBind(intent: android.content.Intent?): android.os.IBinder? = null

    open fun onNewToken(token: String) {}

    open fun onMessageReceived(message: RemoteMessage) {}
}

class RemoteMessage {
    val data: Map<String, String> = emptyMap()
}

class FirebaseMessaging private constructor() {
    val token: Task<String> = Task()

    companion object {
        @JvmStatic
        fun getInstance(): FirebaseMessaging = FirebaseMessaging()
    }
}

class Task<T> {
    fun addOnSuccessListener(listener: (T) -> Unit): Task<T> = this
}
