package tidings.sdk
fun probe() = 1
