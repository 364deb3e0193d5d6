// The screens as an Android library. The tests run with Maven on the JVM (pom.xml); this file needs Android's own tools.
plugins {
    id("com.android.library")
    id("org.jetbrains.kotlin.android")
    id("org.jetbrains.kotlin.plugin.compose")
}

android {
    namespace = "tidings.ui"
    compileSdk = 36
    defaultConfig { minSdk = 24 }
    buildFeatures { compose = true }
    compileOptions {
        isCoreLibraryDesugaringEnabled = true
        sourceCompatibility = JavaVersion.VERSION_17
        targetCompatibility = JavaVersion.VERSION_17
    }
    sourceSets["main"].kotlin.srcDir("src/generated/kotlin")
}

kotlin { jvmToolchain(17) }

dependencies {
    api(project(":tidings-sdk"))
    api(platform("androidx.compose:compose-bom:2025.11.00"))
    api("androidx.compose.foundation:foundation")
    api("androidx.compose.material3:material3")
    coreLibraryDesugaring("com.android.tools:desugar_jdk_libs:2.1.5")
}
