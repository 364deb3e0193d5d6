package tidings.sample

import android.Manifest
import android.content.Context
import android.content.Intent
import android.net.Uri
import android.os.Build
import android.os.Bundle
import androidx.activity.ComponentActivity
import androidx.activity.compose.setContent
import androidx.activity.enableEdgeToEdge
import androidx.compose.foundation.layout.safeDrawingPadding
import androidx.compose.runtime.getValue
import androidx.compose.runtime.mutableStateOf
import androidx.compose.runtime.setValue
import androidx.compose.ui.Modifier
import java.util.Locale
import tidings.sdk.ConversationId
import tidings.ui.theme.TidingsTheme
import tidings.ui.wordsFor

/** The one screen: who is there, their threads, one thread. A notification and a link open a thread. */
class MainActivity : ComponentActivity() {
    private var open by mutableStateOf<ConversationId?>(null)

    override fun onCreate(savedInstanceState: Bundle?) {
        super.onCreate(savedInstanceState)
        enableEdgeToEdge()
        // A link counts once: after a turn of the phone the person is where they went.
        open = if (savedInstanceState == null) thread(intent) else savedInstanceState.getString(THREAD)?.let(::ConversationId)
        if (Build.VERSION.SDK_INT >= Build.VERSION_CODES.TIRAMISU) {
            requestPermissions(arrayOf(Manifest.permission.POST_NOTIFICATIONS), 0)
        }
        val app = application as SampleApp
        setContent {
            TidingsTheme(words = wordsFor(Locale.getDefault())) {
                SampleScreen(app, open, { open = it }, Modifier.safeDrawingPadding())
            }
        }
    }

    override fun onNewIntent(intent: Intent) {
        super.onNewIntent(intent)
        thread(intent)?.let { open = it }
    }

    override fun onSaveInstanceState(outState: Bundle) {
        open?.let { outState.putString(THREAD, it.text) }
        super.onSaveInstanceState(outState)
    }

    companion object {
        private const val THREAD = "thread"

        /** Opens one thread, from a notification. */
        fun of(context: Context, id: ConversationId): Intent =
            Intent(Intent.ACTION_VIEW, Uri.parse("tidings-sample://threads/${id.text}"), context, MainActivity::class.java)
                .setFlags(Intent.FLAG_ACTIVITY_SINGLE_TOP or Intent.FLAG_ACTIVITY_CLEAR_TOP)

        /** `tidings-sample://threads/cnv_…`, whoever made the link: any page of the web may, so nothing in it is trusted. */
        private fun thread(intent: Intent?): ConversationId? {
            val link = intent?.data?.takeIf { it.isHierarchical && it.host == "threads" } ?: return null
            return link.lastPathSegment?.takeIf(ID::matches)?.let(::ConversationId)
        }

        private val ID = Regex("cnv_[0-9a-z]{26}")
    }
}
