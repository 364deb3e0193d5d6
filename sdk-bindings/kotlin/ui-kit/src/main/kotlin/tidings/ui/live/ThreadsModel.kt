package tidings.ui.live

import java.time.Instant
import java.time.ZoneId
import kotlinx.coroutines.flow.Flow
import kotlinx.coroutines.flow.MutableStateFlow
import kotlinx.coroutines.flow.StateFlow
import kotlinx.coroutines.flow.asStateFlow
import kotlinx.coroutines.flow.combine
import tidings.sdk.ConversationItem
import tidings.sdk.SyncState
import tidings.sdk.TidingsClient
import tidings.ui.Words
import tidings.ui.model.Moments
import tidings.ui.model.ThreadsView
import tidings.ui.model.noticeOf
import tidings.ui.model.threadsView

/** The list of threads of a client, as [view], for as long as [run] runs. */
public class ThreadsModel(
    private val conversations: Flow<List<ConversationItem>>,
    private val sync: Flow<SyncState>,
    private val words: Words,
    private val zone: ZoneId = ZoneId.systemDefault(),
    private val now: () -> Instant = Instant::now,
) {
    public constructor(client: TidingsClient, words: Words) : this(client.conversations, client.syncState, words)

    private val shown = MutableStateFlow(ThreadsView.loading)

    /** What the screen shows. */
    public val view: StateFlow<ThreadsView> = shown.asStateFlow()

    /** Follows the client until it is cancelled: call it while the screen can be seen. */
    public suspend fun run() {
        combine(conversations, sync) { items, state ->
            threadsView(items, noticeOf(state), Moments(now(), zone, words))
        }.collect { shown.value = it }
    }
}
