package tidings.sample

import android.Manifest.permission.ACCESS_FINE_LOCATION
import android.app.Activity
import android.app.Application
import android.content.pm.PackageManager.PERMISSION_GRANTED
import android.net.ConnectivityManager
import android.os.Bundle
import android.util.Log
import com.google.firebase.messaging.FirebaseMessaging
import java.util.Locale
import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.SupervisorJob
import kotlinx.coroutines.flow.MutableStateFlow
import kotlinx.coroutines.flow.StateFlow
import kotlinx.coroutines.flow.asStateFlow
import kotlinx.coroutines.launch
import kotlinx.coroutines.sync.Mutex
import kotlinx.coroutines.sync.withLock
import tidings.sdk.ErrorCode
import tidings.sdk.Locations
import tidings.sdk.Network
import tidings.sdk.SignOut
import tidings.sdk.TidingsClient
import tidings.sdk.TidingsConfig
import tidings.sdk.TidingsException
import tidings.sdk.Visibility
import tidings.ui.live.KeptModels

/** How far the app has come with its client. */
sealed interface Standing {
    data object Opening : Standing

    /** The client cannot be opened: a phone that is full, most of the time. The app goes on without it, and may try again. */
    data class Failed(val code: ErrorCode) : Standing

    data object SignedOut : Standing

    /** Somebody is signed in: only from here on there are threads to show. The models outlive the activity. */
    class SignedIn(val client: TidingsClient, val models: KeptModels) : Standing
}

/** Opens the client once and tells it what only the system knows: whether the app is on the screen, whether there is a network. */
class SampleApp : Application() {
    val scope = CoroutineScope(SupervisorJob() + Dispatchers.Main.immediate)

    private val now = MutableStateFlow<Standing>(Standing.Opening)

    /** What the screen shows. */
    val standing: StateFlow<Standing> = now.asStateFlow()

    /** What is shared live is measured here. */
    val livePlaces by lazy { LivePlaces(this) }

    private val opening = Mutex()
    private var opened: TidingsClient? = null
    private var visibility = Visibility.BACKGROUND

    override fun onCreate() {
        super.onCreate()
        registerActivityLifecycleCallbacks(Screen())
        val network = NetworkWatch { known -> tell { it.setNetwork(known) } }
        getSystemService(ConnectivityManager::class.java).registerDefaultNetworkCallback(network)
        tell {}
    }

    /**
     * The client, signed in as whoever used the app last. Whatever woke the process - a screen, a push, an answer typed into a
     * notification - comes through here, so nothing finds a client that knows nobody.
     *
     * @throws TidingsException when it cannot be opened; the next call tries again.
     */
    suspend fun client(): TidingsClient = opening.withLock {
        try {
            val client = opened ?: TidingsClient.open(config()).also {
                opened = it
                it.setVisibility(visibility)
            }
            if (now.value !is Standing.SignedIn) signIn(client)
            client
        } catch (failure: TidingsException) {
            now.value = Standing.Failed(failure.code)
            throw failure
        }
    }

    private suspend fun signIn(client: TidingsClient) {
        val person = Person.load(this)
        if (person == null) {
            now.value = Standing.SignedOut
            return
        }
        person.signIn(client)
        now.value = Standing.SignedIn(client, KeptModels(client, scope))
        // Nothing measures for a share that was begun before the process died.
        tell { if (it.liveShares().isNotEmpty() && checkSelfPermission(ACCESS_FINE_LOCATION) == PERMISSION_GRANTED) livePlaces.measure() }
        // The system says it only when it changes, and the person may be another one than then.
        FirebaseMessaging.getInstance().token.addOnSuccessListener { token -> tell { it.setFcmToken(token) } }
    }

    /** Does something with the client. What fails is for the log, and for the screen if the client cannot be opened: never the end of the app. */
    fun tell(work: suspend (TidingsClient) -> Unit) {
        scope.launch {
            try {
                work(client())
            } catch (failure: TidingsException) {
                Log.w(TAG, "${failure.word}: ${failure.message}")
            }
        }
    }

    /** Somebody signed in to this app, here by a name alone: they are the user of the client from now on. */
    fun use(person: Person) {
        person.save(this)
        now.value = Standing.Opening
        tell {}
    }

    /** They signed out: what they wrote is kept for them, closed, and nobody else sees it. */
    fun leave() {
        Person.forget(this)
        now.value = Standing.SignedOut
        scope.launch {
            // In turn, so that it never signs out whoever comes next.
            opening.withLock {
                try {
                    opened?.signOut(SignOut.KEEP)
                } catch (failure: TidingsException) {
                    Log.w(TAG, "${failure.word}: ${failure.message}")
                }
            }
        }
    }

    private fun config() = TidingsConfig(
        serverUrl = SERVER_URL,
        appId = APP_ID,
        // Not under `cacheDir`: what waits to be sent lies here.
        dataDir = noBackupFilesDir.resolve("tidings"),
        plainHttp = PLAIN_HTTP,
        // Off unless an app wants it: places that are shared live.
        locations = Locations.LIVE,
        locale = Locale.getDefault().toLanguageTag(),
        appVersion = packageManager.getPackageInfo(packageName, 0).versionName,
    )

    /** The app is on the screen while one of its activities is. */
    private inner class Screen : ActivityLifecycleCallbacks {
        private var started = 0

        override fun onActivityStarted(activity: Activity) {
            started += 1
            if (started == 1) say(Visibility.FOREGROUND)
        }

        override fun onActivityStopped(activity: Activity) {
            started -= 1
            if (started == 0 && !activity.isChangingConfigurations) say(Visibility.BACKGROUND)
        }

        private fun say(visible: Visibility) {
            visibility = visible
            tell { it.setVisibility(visibility) }
        }

        override fun onActivityCreated(activity: Activity, state: Bundle?) = Unit
        override fun onActivityResumed(activity: Activity) = Unit
        override fun onActivityPaused(activity: Activity) = Unit
        override fun onActivitySaveInstanceState(activity: Activity, state: Bundle) = Unit
        override fun onActivityDestroyed(activity: Activity) = Unit
    }

    private companion object {
        const val TAG = "tidings"
    }
}

private class NetworkWatch(private val tell: (Network) -> Unit) : ConnectivityManager.NetworkCallback() {
    override fun onAvailable(network: android.net.Network) = tell(Network.AVAILABLE)

    override fun onLost(network: android.net.Network) = tell(Network.UNAVAILABLE)
}
