package tidings.sample

import android.app.Activity
import android.app.Application
import android.net.ConnectivityManager
import android.os.Bundle
import com.google.firebase.messaging.FirebaseMessaging
import java.util.Locale
import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.Deferred
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.SupervisorJob
import kotlinx.coroutines.async
import kotlinx.coroutines.launch
import tidings.sdk.Network
import tidings.sdk.SignOut
import tidings.sdk.TidingsClient
import tidings.sdk.TidingsConfig
import tidings.sdk.Visibility

/** Opens the client once and tells it what only the system knows: whether the app is on the screen, whether there is a network. */
class SampleApp : Application() {
    val scope = CoroutineScope(SupervisorJob() + Dispatchers.Main.immediate)

    /** The client, signed in as whoever used the app last. */
    lateinit var client: Deferred<TidingsClient>
        private set

    override fun onCreate() {
        super.onCreate()
        client = scope.async { TidingsClient.open(config()).also { Person.load(this@SampleApp)?.signIn(it) } }
        registerActivityLifecycleCallbacks(Screen())
        val network = NetworkWatch { known -> scope.launch { client.await().setNetwork(known) } }
        getSystemService(ConnectivityManager::class.java).registerDefaultNetworkCallback(network)
    }

    /** Somebody signed in to this app, here by a name alone: they are the user of the client from now on. */
    fun use(person: Person) {
        person.save(this)
        scope.launch {
            person.signIn(client.await())
            FirebaseMessaging.getInstance().token.addOnSuccessListener { token ->
                scope.launch { client.await().setFcmToken(token) }
            }
        }
    }

    /** They signed out: what they wrote is kept for them, closed, and nobody else sees it. */
    fun leave() {
        Person.forget(this)
        scope.launch { client.await().signOut(SignOut.KEEP) }
    }

    private fun config() = TidingsConfig(
        serverUrl = SERVER_URL,
        appId = APP_ID,
        // Not under `cacheDir`: what waits to be sent lies here.
        dataDir = noBackupFilesDir.resolve("tidings"),
        plainHttp = PLAIN_HTTP,
        locale = Locale.getDefault().toLanguageTag(),
        appVersion = packageManager.getPackageInfo(packageName, 0).versionName,
    )

    /** The app is on the screen while one of its activities is. */
    private inner class Screen : ActivityLifecycleCallbacks {
        private var started = 0

        override fun onActivityStarted(activity: Activity) {
            started += 1
            if (started == 1) tell(Visibility.FOREGROUND)
        }

        override fun onActivityStopped(activity: Activity) {
            started -= 1
            if (started == 0 && !activity.isChangingConfigurations) tell(Visibility.BACKGROUND)
        }

        private fun tell(visibility: Visibility) {
            scope.launch { client.await().setVisibility(visibility) }
        }

        override fun onActivityCreated(activity: Activity, state: Bundle?) = Unit
        override fun onActivityResumed(activity: Activity) = Unit
        override fun onActivityPaused(activity: Activity) = Unit
        override fun onActivitySaveInstanceState(activity: Activity, state: Bundle) = Unit
        override fun onActivityDestroyed(activity: Activity) = Unit
    }
}

private class NetworkWatch(private val tell: (Network) -> Unit) : ConnectivityManager.NetworkCallback() {
    override fun onAvailable(network: android.net.Network) = tell(Network.AVAILABLE)

    override fun onLost(network: android.net.Network) = tell(Network.UNAVAILABLE)
}
