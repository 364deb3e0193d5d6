package tidings.sample

import android.content.Context
import java.net.HttpURLConnection
import java.net.URL
import java.net.URLEncoder
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.withContext
import tidings.sdk.TidingsClient
import tidings.sdk.TokenRefusedException

/** Who uses this app: somebody with a name, or nobody in particular. Stands for the host app's own sign-in. */
class Person private constructor(private val name: String?) {
    /** Makes this the user of the client. Works without a network, so it can be done at each start. */
    suspend fun signIn(client: TidingsClient) {
        if (name == null) client.signInAnonymously() else client.signIn(key = name) { token(name) }
    }

    fun save(context: Context) = preferences(context).edit().putString(NAME, name ?: ANONYMOUS).apply()

    companion object {
        private const val NAME = "name"
        private const val ANONYMOUS = ""

        fun named(name: String) = Person(name)

        fun anonymous() = Person(null)

        fun load(context: Context): Person? =
            preferences(context).getString(NAME, null)?.let { if (it == ANONYMOUS) anonymous() else named(it) }

        fun forget(context: Context) = preferences(context).edit().clear().apply()

        private fun preferences(context: Context) = context.getSharedPreferences("person", Context.MODE_PRIVATE)
    }
}

/** Asks the app's own backend to say who this is. */
private suspend fun token(name: String): String = withContext(Dispatchers.IO) {
    val connection = URL("$TOKEN_URL?user=${URLEncoder.encode(name, "UTF-8")}").openConnection() as HttpURLConnection
    try {
        if (connection.responseCode in 400..499) throw TokenRefusedException()
        connection.inputStream.bufferedReader().readText().trim()
    } finally {
        connection.disconnect()
    }
}
