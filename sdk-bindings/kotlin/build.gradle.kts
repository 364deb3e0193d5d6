// The package as an Android library. The tests run with Maven on the JVM (pom.xml); this file needs Android's own tools.
plugins {
    id("com.android.library")
    id("org.jetbrains.kotlin.android")
}

android {
    namespace = "tidings.sdk"
    compileSdk = 36
    defaultConfig {
        minSdk = 24
        consumerProguardFiles("consumer-rules.pro")
    }
    compileOptions {
        isCoreLibraryDesugaringEnabled = true
        sourceCompatibility = JavaVersion.VERSION_17
        targetCompatibility = JavaVersion.VERSION_17
    }
    // jniLibs/ is filled by cargo-ndk: see ../README.md.
    sourceSets["main"].kotlin.srcDir("src/generated/kotlin")
    // What needs Android's own classes; everything else runs on any JVM.
    sourceSets["main"].kotlin.srcDir("src/android/kotlin")
    sourceSets["main"].manifest.srcFile("src/android/AndroidManifest.xml")
}

kotlin { jvmToolchain(17) }

dependencies {
    api("org.jetbrains.kotlinx:kotlinx-coroutines-core:1.10.2")
    // The `aar` carries JNA's native half for each processor.
    implementation("net.java.dev.jna:jna:5.18.1@aar")
    coreLibraryDesugaring("com.android.tools:desugar_jdk_libs:2.1.5")
}
