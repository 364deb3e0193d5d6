// What Compose has on Android alone, for the type check alone.
@file:Suppress("UnusedReceiverParameter")

package androidx.compose.ui.graphics

fun android.graphics.Bitmap.asImageBitmap(): ImageBitmap = throw UnsupportedOperationException()
